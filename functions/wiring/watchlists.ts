import { systemClock } from '../../lib/adapters/clock.ts';
import { type DynamoLedgerOptions, dynamoClient } from '../../lib/adapters/store.ts';
import { dynamoWatchlistStore } from '../../lib/adapters/watchlist-store.ts';
import type { StoreOf } from '../../lib/market/begin-book.ts';

export type { StoreOf };

/** One client for all markets of a chain. */
export function watchlistsIn(
  { tableName, client = dynamoClient(WIDE), timeoutMs = 15_000 }: DynamoLedgerOptions,
  chainId: number,
): StoreOf {
  const table = { tableName, client, timeoutMs, nowMs: systemClock.nowMs };
  return ({ address }) => dynamoWatchlistStore({ ...table, market: `${chainId}#${address}` });
}

/** A chunk is a hundred times as large as a row of the ledger. */
const WIDE = {
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
};
