import { racePolicy } from '../../lib/config.ts';
import type { ForesightStore } from '../../lib/foresight.ts';
import { beginBookFrom, quarantineOf } from '../../lib/market/begin-book.ts';
import { type ForeseenMarket, foreseenMarket } from '../../lib/market/foreseen-market.ts';
import { residentMarket } from '../../lib/market/market.ts';
import type { Operators } from '../../lib/racing/permit.ts';
import { flashSourcesOf, venuesOf } from './liquidity.ts';
import type { World } from './world.ts';

/** @param foresight without it the first market is read as any other */
export function residentIn(world: World, operators: Operators, foresight?: ForesightStore): ForeseenMarket {
  const { network, chain, protocols, watchlistOf, redact } = world;
  const log = (line: string) => console.warn(redact(line));
  const { executor } = racePolicy(network);
  const sources = {
    ...{ chain, protocols, weth: network.contracts.weth },
    ...{ operators: operators.map(({ address }) => address) },
    ...{ venues: venuesOf(network, executor), flashSources: flashSourcesOf(network, executor) },
    ...(watchlistOf && {
      beginBook: beginBookFrom(chain, watchlistOf, log),
      readQuarantined: quarantineOf(protocols, watchlistOf, log),
    }),
  };
  if (foresight) return foreseenMarket(sources, foresight, log);
  return { ...residentMarket(sources), remember: async () => undefined };
}
