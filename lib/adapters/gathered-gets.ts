import { setTimeout as pause } from 'node:timers/promises';
import { type AttributeValue, BatchGetItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { gathering } from './gathering.ts';

export type Item = Readonly<Record<string, AttributeValue>>;

export interface RowKey {
  readonly pk: string;
  readonly sk: string;
}

/** Rows of one table. Those that are asked for in the same turn travel together. */
export interface GatheredGets {
  /** Read consistently; `undefined` where there is no such row. Rejects with what DynamoDB said. */
  get(key: RowKey): Promise<Item | undefined>;
}

export interface GatheredTable {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  /** For all that is asked for in one turn, repetitions and the last byte of the answer included. */
  readonly timeoutMs: number;
}

/** Of a client, as patient as who asked first for it. */
export function gatheredGetsOf(table: GatheredTable): GatheredGets {
  const known = GETS.get(table.client) ?? new Map<string, GatheredGets>();
  GETS.set(table.client, known);
  const gets = known.get(table.tableName) ?? gatheredGets(table);
  known.set(table.tableName, gets);
  return gets;
}

const GETS = new WeakMap<DynamoDBClient, Map<string, GatheredGets>>();

/** Rows are up to 400 KB and an answer holds 16 MB: more rows than these travel side by side. */
const ROWS_AT_ONCE = 8;
const FIRST_PAUSE_MS = 25;

function gatheredGets({ client, tableName, timeoutMs }: GatheredTable): GatheredGets {
  const ask = gathering<RowKey, Item | undefined>(({ pk, sk }) => nameOf(pk, sk), readAll);

  async function readAll(keys: readonly RowKey[]): Promise<readonly (Item | undefined)[]> {
    const starts = Array.from(
      { length: Math.ceil(keys.length / ROWS_AT_ONCE) },
      (_, at) => at * ROWS_AT_ONCE,
    );
    const parts = starts.map((start) => read(keys.slice(start, start + ROWS_AT_ONCE)));
    const items = (await Promise.all(parts)).flat();
    const found = new Map(items.map((item) => [nameOf(item.pk?.S, item.sk?.S), item]));
    return keys.map(({ pk, sk }) => found.get(nameOf(pk, sk)));
  }

  /** What DynamoDB leaves out, because the table is busy or the answer full, is asked for again. */
  async function read(keys: readonly RowKey[]): Promise<readonly Item[]> {
    const abortSignal = AbortSignal.timeout(timeoutMs);
    const items: Item[] = [];
    let left: Item[] = keys.map(({ pk, sk }) => ({ pk: { S: pk }, sk: { S: sk } }));
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs *= 2) {
      const RequestItems = { [tableName]: { Keys: left, ConsistentRead: true } };
      const answer = await client.send(new BatchGetItemCommand({ RequestItems }), { abortSignal });
      items.push(...(answer.Responses?.[tableName] ?? []));
      left = answer.UnprocessedKeys?.[tableName]?.Keys ?? [];
      if (left.length === 0) return items;
      await pause(pauseMs, undefined, { signal: abortSignal });
    }
  }

  return { get: async (key) => (await ask([key]))[0] };
}

const nameOf = (pk: string | undefined, sk: string | undefined): string => `${pk} ${sk}`;
