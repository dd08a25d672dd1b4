import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { StoreError } from '../errors.ts';
import type { Hex } from '../hex.ts';
import type { Fact, Planned } from '../ledger/fact.ts';
import { isoSeconds, settleCursorKey, updateKey } from '../ledger/key.ts';
import type { Ledger, TimeRange } from '../ledger/ledger.ts';
import { pauseKey, pauseOf, pauseRow } from '../ledger/pause.ts';
import { fromRecord, toRecord } from '../ledger/record.ts';
import { leaseRow, readStakes, returnStake, takeStake } from './store-limits.ts';
import type { Query, Table } from './store-table.ts';
import { getRow, putRow, putRowOnce, replaceRow, rowPages } from './store-table.ts';

export interface DynamoLedgerOptions {
  readonly tableName: string;
  /** By default `dynamoClient()`. */
  readonly client?: DynamoDBClient;
  /** For one call, its retries included; by default 6 s. */
  readonly timeoutMs?: number;
  /** Hears what each page of a query cost, in read units. */
  readonly onCapacity?: (units: number) => void;
}

const DAY_SECONDS = 86_400;

/**
 * A client that gives up soon: three tries of at most 2 s each. Region, endpoint and credentials come from the
 * environment unless given.
 */
export const dynamoClient = (config: DynamoDBClientConfig = {}): DynamoDBClient =>
  new DynamoDBClient({
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 2_000, throwOnRequestTimeout: true },
    ...config,
  });

/**
 * A ledger in one DynamoDB table; its keys and indexes are described in docs/decisions/ledger.md. Writes are
 * single conditional puts: no transaction, no read before a write. One total is updated: a day's budget.
 */
export function dynamoLedger({
  tableName,
  client = dynamoClient(),
  timeoutMs = 6_000,
  onCapacity,
}: DynamoLedgerOptions): Ledger {
  const table = { tableName, client, timeoutMs, onCapacity };
  return {
    claim: (fact) => putRowOnce(table, toRecord(fact)),
    append: (fact) => putRowOnce(table, toRecord(fact)),
    factsOfUpdate: (updateId) => factsOfUpdate(table, updateId),
    plannedSince: (chainId, fromBlock, toBlock) => plannedSince(table, chainId, fromBlock, toBlock),
    factsByDay: (range) => factsByDay(table, range),
    settleCursor: (chainId) => settleCursor(table, chainId),
    advanceSettleCursor: (chainId, block) => advanceSettleCursor(table, chainId, block),
    lease: (lease) => leaseRow(table, lease),
    takeStake: (stake, limits) => takeStake(table, stake, limits),
    returnStake: (stake, spent) => returnStake(table, stake, spent),
    stakes: (chainId, day) => readStakes(table, { chainId, day }),
    pause: async (chainId) => pauseOf(await getRow(table, pauseKey(chainId))),
    setPause: (chainId, pause) => replaceRow(table, pauseRow(chainId, pause)),
  };
}

async function factsOfUpdate(table: Table, updateId: Hex): Promise<readonly Fact[]> {
  const pages = factPages(table, {
    KeyConditionExpression: 'pk = :pk',
    values: { ':pk': updateKey(updateId) },
    ConsistentRead: true,
  });
  const facts: Fact[] = [];
  for await (const page of pages) facts.push(...page);
  return facts;
}

async function* plannedSince(
  table: Table,
  chainId: number,
  fromBlock: number,
  toBlock: number,
): AsyncGenerator<readonly Planned[]> {
  const pages = factPages(table, {
    IndexName: 'byTarget',
    KeyConditionExpression: '#chain = :chain AND targetBlock BETWEEN :from AND :to',
    ExpressionAttributeNames: { '#chain': 'chain' },
    values: { ':chain': `${chainId}`, ':from': fromBlock, ':to': toBlock },
  });
  for await (const page of pages) yield page.map(asPlanned);
}

async function* factsByDay(
  table: Table,
  { fromSeconds, toSeconds }: TimeRange,
): AsyncGenerator<readonly Fact[]> {
  for (let second = fromSeconds; second < toSeconds; second = nextDay(second)) {
    yield* factPages(table, {
      IndexName: 'byDay',
      KeyConditionExpression: '#day = :day AND #at BETWEEN :from AND :to',
      ExpressionAttributeNames: { '#day': 'day', '#at': 'at' },
      values: {
        ':day': isoSeconds(second).slice(0, 10),
        ':from': isoSeconds(second),
        // The sort key goes on after the time, so that no key equals this bound.
        ':to': isoSeconds(Math.min(nextDay(second), toSeconds)),
      },
    });
  }
}

const nextDay = (second: number): number => (Math.floor(second / DAY_SECONDS) + 1) * DAY_SECONDS;

async function settleCursor(table: Table, chainId: number): Promise<number | undefined> {
  const block = (await getRow(table, settleCursorKey(chainId)))?.block;
  return typeof block === 'number' ? block : undefined;
}

const advanceSettleCursor = (table: Table, chainId: number, block: number): Promise<boolean> =>
  putRow(table, {
    row: { ...settleCursorKey(chainId), block },
    condition: 'attribute_not_exists(pk) OR #block < :block',
    names: { '#block': 'block' },
    values: { ':block': block },
  });

function asPlanned(fact: Fact): Planned {
  if (fact.state === 'planned') return fact;
  throw new StoreError(
    `A ${fact.state} fact of update ${fact.updateId} is in the index byTarget: remove its "chain".`,
  );
}

async function* factPages(table: Table, query: Query): AsyncGenerator<readonly Fact[]> {
  for await (const page of rowPages(table, query)) yield page.map((row) => fromRecord(row));
}
