import { systemClock } from '../../lib/adapters/clock.ts';
import { type DynamoLedgerOptions, dynamoClient } from '../../lib/adapters/store.ts';
import { dynamoWatchlistStore, type WatchlistStoreOptions } from '../../lib/adapters/watchlist-store.ts';
import type { StoreOf } from '../../lib/market/begin-book.ts';
import type { ProtocolSource } from '../../lib/protocols/protocol.ts';

export type { StoreOf };
export type StoreTable = Pick<DynamoLedgerOptions, 'tableName' | 'client' | 'timeoutMs'>;

/** One client for all markets of a chain, made for the first of them. */
export function watchlistsIn(table: StoreTable, chainId: number): StoreOf {
  let { client } = table;
  return (source) => {
    client ??= dynamoClient(WIDE);
    return dynamoWatchlistStore(storeOptions({ ...table, client }, chainId, source));
  };
}

export const storeOptions = (
  { tableName, client = dynamoClient(WIDE), timeoutMs = 15_000 }: StoreTable,
  chainId: number,
  { address }: Pick<ProtocolSource, 'address'>,
): WatchlistStoreOptions => ({
  ...{ tableName, client, timeoutMs, nowMs: () => systemClock.nowMs(), market: `${chainId}#${address}` },
});

/** A chunk is a hundred times as large as a row of the ledger. */
export const WIDE = {
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
};
