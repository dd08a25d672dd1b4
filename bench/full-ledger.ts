import { BatchWriteItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dayBefore, historyFacts } from '../devnet/history/history.ts';
import { dynamoLedger } from '../lib/adapters/store.ts';
import { dynamoDays } from '../lib/adapters/store-days.ts';
import { marshal } from '../lib/adapters/store-values.ts';
import type { Fact } from '../lib/ledger/fact.ts';
import { toRecord } from '../lib/ledger/record.ts';
import { closeDays } from '../lib/settling/close-days.ts';
import { startDynamo } from '../test/support/dynamodb.ts';

export interface FullLedger {
  readonly endpoint: string;
  readonly tableName: string;
  readonly client: DynamoDBClient;
  readonly facts: number;
  /** The time at which its last day has just begun to be closed. */
  readonly nowMs: number;
  readonly fromDay: string;
  readonly toDay: string;
  stop(): Promise<void>;
}

/** Every feed reports at every step of the day: more than 100,000 facts. */
const DAYS = 104;
const HEARTBEATS = 120;
const UNTIL_MS = Date.parse('2025-12-31T23:59:59Z');
const DAY_MS = 86_400_000;
/** Of DynamoDB. */
const BATCH = 25;

/** A dynalite with the facts of the invented history, and its days closed as the schedule would have. */
export async function fullLedger(): Promise<FullLedger> {
  const dynamo = await startDynamo();
  const { client, endpoint } = dynamo;
  const tableName = await dynamo.createTable();
  const table = { tableName, client, timeoutMs: 60_000 };
  const ledger = dynamoLedger(table);
  const facts = await historyFacts(ledger, { days: DAYS, untilMs: UNTIL_MS, heartbeats: HEARTBEATS });
  for (let from = 0; from < facts.length; from += BATCH)
    await writeBatch(client, tableName, facts.slice(from, from + BATCH));
  // The last day goes on: it is what no sum is stored of.
  const clock = { nowMs: () => UNTIL_MS };
  const days = dynamoDays(table);
  await days.advanceFinalDayCursor(dayBefore({ days: DAYS, untilMs: UNTIL_MS }));
  while ((await closeDays({ ledger, days, clock })).length > 0);
  return {
    ...{ endpoint, tableName, client, facts: facts.length, nowMs: UNTIL_MS, stop: dynamo.stop },
    fromDay: isoDay(UNTIL_MS - (DAYS - 1) * DAY_MS),
    toDay: isoDay(UNTIL_MS),
  };
}

const isoDay = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** Faster than the ledger's own conditional puts, which a bench of reading need not wait for. */
async function writeBatch(client: DynamoDBClient, tableName: string, facts: readonly Fact[]): Promise<void> {
  const RequestItems = {
    [tableName]: facts.map((fact) => ({ PutRequest: { Item: marshal(toRecord(fact)) } })),
  };
  await client.send(new BatchWriteItemCommand({ RequestItems }));
}
