import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { type AttributeValue, BatchGetItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';

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

interface Gathering {
  readonly keys: Map<string, RowKey>;
  readonly found: Promise<ReadonlyMap<string, Item>>;
}

function gatheredGets({ client, tableName, timeoutMs }: GatheredTable): GatheredGets {
  let waiting: Gathering | undefined;

  function gather(): Gathering {
    const keys = new Map<string, RowKey>();
    const found = nextTurn().then(() => {
      waiting = undefined;
      return readAll([...keys.values()]);
    });
    return { keys, found };
  }

  async function readAll(keys: readonly RowKey[]): Promise<ReadonlyMap<string, Item>> {
    const starts = Array.from(
      { length: Math.ceil(keys.length / ROWS_AT_ONCE) },
      (_, at) => at * ROWS_AT_ONCE,
    );
    const parts = starts.map((start) => read(keys.slice(start, start + ROWS_AT_ONCE)));
    return new Map((await Promise.all(parts)).flat().map((item) => [nameOf(item.pk?.S, item.sk?.S), item]));
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

  return {
    async get(key) {
      waiting ??= gather();
      const { keys, found } = waiting;
      const name = nameOf(key.pk, key.sk);
      keys.set(name, key);
      return (await found).get(name);
    },
  };
}

const nameOf = (pk: string | undefined, sk: string | undefined): string => `${pk} ${sk}`;
