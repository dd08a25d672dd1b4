import {
  fromNearestRecord,
  NEAREST,
  type NearestStore,
  nearestKey,
  toNearestRecord,
} from '../ledger/nearest.ts';
import { type DynamoLedgerOptions, dynamoClient } from './store.ts';
import { replaceRow, rowPages, type Table } from './store-table.ts';

export function dynamoNearest({
  tableName,
  client = dynamoClient(),
  timeoutMs = 6_000,
}: DynamoLedgerOptions): NearestStore {
  const table: Table = { tableName, client, timeoutMs };
  return {
    async nearest(chainId) {
      const { pk } = nearestKey(chainId);
      const pages = await Array.fromAsync(
        rowPages(table, {
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :nearest)',
          ConsistentRead: true,
          values: { ':pk': pk, ':nearest': NEAREST },
        }),
      );
      return pages.flat().flatMap((row) => fromNearestRecord(row) ?? []);
    },
    storeNearest: (nearest) => replaceRow(table, toNearestRecord(nearest)),
  };
}
