import { dynamoBackfillStore } from '../../lib/adapters/backfill-store.ts';
import type { Address } from '../../lib/hex.ts';
import type { BackfillDeps } from '../../lib/refresh/backfill.ts';
import { type StoreTable, storeOptions, watchlistsIn } from './watchlists.ts';
import type { World } from './world.ts';

/** Every market whose accounts can be stored, by its address. */
export function backfillsIn(
  { chain, protocols, network }: Pick<World, 'chain' | 'protocols' | 'network'>,
  table: StoreTable,
): ReadonlyMap<Address, BackfillDeps> {
  const storeOf = watchlistsIn(table, network.chainId);
  const markets = protocols.flatMap((source): readonly BackfillDeps[] => {
    const { storage } = source.protocol;
    if (storage === undefined) return [];
    const ranges = dynamoBackfillStore(storeOptions(table, network.chainId, source));
    return [{ source, storage, chain, store: storeOf(source), ranges }];
  });
  return new Map(markets.map((market) => [market.source.address, market]));
}
