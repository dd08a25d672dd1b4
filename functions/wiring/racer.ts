import { racePolicy } from '../../lib/config.ts';
import type { ForesightStore } from '../../lib/foresight.ts';
import type { ForeseenMarket } from '../../lib/market/foreseen-market.ts';
import type { RacerDeps } from '../../lib/racer.ts';
import { bidHistory } from '../../lib/racing/bid-history.ts';
import type { Operators } from '../../lib/racing/permit.ts';
import { standingAt } from '../../lib/racing/standing.ts';
import { auctionIn } from './auction.ts';
import { secretOperators } from './operators.ts';
import { residentIn } from './resident.ts';
import type { World } from './world.ts';

export interface Racer extends RacerDeps {
  readonly resident: ForeseenMarket;
}

/** What the racing Lambda adds: a market in memory, a key, a simulator and the relays. */
export function racerIn(
  world: World,
  operators: Operators = secretOperators(world),
  foresight?: ForesightStore,
): Racer {
  const { network, chain, ledger, clock } = world;
  const { simulator, relays } = auctionIn(world);
  return {
    ...{ chain, ledger, clock, operators, simulator },
    policy: racePolicy(network),
    resident: residentIn(world, operators, foresight),
    standing: standingAt(relays),
    bids: bidHistory(ledger, clock),
  };
}
