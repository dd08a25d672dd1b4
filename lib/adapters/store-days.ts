import { dayKey, fromDayRecord, monthKey, toDayRecord } from '../ledger/day-record.ts';
import type { DayStore } from '../ledger/day-store.ts';
import type { DaySum } from '../ledger/day-sum.ts';
import type { DynamoLedgerOptions } from './store.ts';
import { dynamoClient } from './store.ts';
import { getRow, putRow, putRowOnce, rowPages, type Table } from './store-table.ts';

export function dynamoDays({
  tableName,
  client = dynamoClient(),
  timeoutMs = 6_000,
  onCapacity,
}: DynamoLedgerOptions): DayStore {
  const table: Table = { tableName, client, timeoutMs, onCapacity };
  return {
    finalDays: (fromDay, toDay) => finalDays(table, fromDay, toDay),
    storeFinalDay: (sum, revision) => putRowOnce(table, toDayRecord(sum, revision)),
    newestBundleSeconds: (chainId) => newestBundleSeconds(table, chainId),
    finalDayCursor: async () => {
      const day = (await getRow(table, CURSOR))?.cursorDay;
      return typeof day === 'string' ? day : undefined;
    },
    advanceFinalDayCursor: (cursorDay) =>
      putRow(table, {
        row: { ...CURSOR, cursorDay },
        condition: 'attribute_not_exists(pk) OR cursorDay < :day',
        values: { ':day': cursorDay },
      }),
  };
}

async function newestBundleSeconds(table: Table, chainId: number): Promise<number | undefined> {
  const pages = rowPages(table, {
    IndexName: 'byTarget',
    KeyConditionExpression: '#chain = :chain',
    ExpressionAttributeNames: { '#chain': 'chain' },
    values: { ':chain': `${chainId}` },
    ScanIndexForward: false,
    Limit: 1,
  });
  for await (const [newest] of pages) {
    const seconds = newest?.updateAtSeconds;
    return typeof seconds === 'number' ? seconds : undefined;
  }
  return undefined;
}

const CURSOR = { pk: 'CURSOR#days', sk: 'cursor' } as const;

/** Above every revision. */
const LAST_REVISION = 9_999;

async function finalDays(table: Table, fromDay: string, toDay: string): Promise<readonly DaySum[]> {
  const newest = new Map<string, DaySum>();
  for (const month of months(fromDay, toDay)) {
    const query = {
      KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
      values: {
        ':pk': month,
        ':from': dayKey(fromDay, 0).sk,
        ':to': dayKey(toDay, LAST_REVISION).sk,
      },
    };
    // Revisions of a day come in order: the last one stays.
    for await (const page of rowPages(table, query))
      for (const sum of page.flatMap((row) => fromDayRecord(row) ?? [])) newest.set(sum.day, sum);
  }
  return [...newest.values()];
}

function months(fromDay: string, toDay: string): readonly string[] {
  const keys: string[] = [];
  let [year = 0, month = 1] = fromDay.split('-').map(Number);
  for (;;) {
    const first = `${year}-${String(month).padStart(2, '0')}-01`;
    if (first > toDay) return keys;
    keys.push(monthKey(first));
    [year, month] = month === 12 ? [year + 1, 1] : [year, month + 1];
  }
}
