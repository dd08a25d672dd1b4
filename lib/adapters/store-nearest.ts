import { fromNearestRecord, type NearestStore, nearestKey, toNearestRecord } from '../ledger/nearest.ts';
import { type DynamoLedgerOptions, dynamoClient } from './store.ts';
import { getRow, replaceRow, type Table } from './store-table.ts';

export function dynamoNearest({
  tableName,
  client = dynamoClient(),
  timeoutMs = 6_000,
}: DynamoLedgerOptions): NearestStore {
  const table: Table = { tableName, client, timeoutMs };
  return {
    nearest: async (chainId) => fromNearestRecord(await getRow(table, nearestKey(chainId))),
    storeNearest: (nearest) => replaceRow(table, toNearestRecord(nearest)),
  };
}
