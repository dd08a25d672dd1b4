import { racePolicy } from '../../lib/config.ts';
import { beginBookFrom, quarantineOf } from '../../lib/market/begin-book.ts';
import { residentMarket } from '../../lib/market/market.ts';
import type { RacerDeps } from '../../lib/racer.ts';
import { bidHistory } from '../../lib/racing/bid-history.ts';
import type { Operators } from '../../lib/racing/permit.ts';
import { standingAt } from '../../lib/racing/standing.ts';
import { auctionIn } from './auction.ts';
import { flashSourcesOf, venuesOf } from './liquidity.ts';
import { secretOperators } from './operators.ts';
import type { World } from './world.ts';

/** What the racing Lambda adds: a market in memory, a key, a simulator and the relays. */
export function racerIn(world: World, operators: Operators = secretOperators(world)): RacerDeps {
  const { network, chain, ledger, protocols, clock, watchlistOf, redact } = world;
  const log = (line: string) => console.warn(redact(line));
  const { contracts } = network;
  const policy = racePolicy(network);
  const { executor } = policy;
  const resident = residentMarket({
    ...{ chain, protocols, weth: contracts.weth, operators: operators.map(({ address }) => address) },
    ...{ venues: venuesOf(network, executor), flashSources: flashSourcesOf(network, executor) },
    ...(watchlistOf && {
      beginBook: beginBookFrom(chain, watchlistOf, log),
      readQuarantined: quarantineOf(protocols, watchlistOf, log),
    }),
  });
  const { simulator, relays } = auctionIn(world);
  return {
    ...{ resident, chain, ledger, clock, operators, policy },
    simulator,
    standing: standingAt(relays),
    bids: bidHistory(ledger, clock),
  };
}
