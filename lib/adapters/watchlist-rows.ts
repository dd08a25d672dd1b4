import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
} from '@aws-sdk/client-dynamodb';
import {
  type GatheredGets,
  type GatheredTable,
  gatheredGetsOf,
  type Item,
  type RowKey,
} from './gathered-gets.ts';
import { storeFault } from './store-fault.ts';

export type { Item, RowKey };

interface Row extends RowKey {
  readonly bytes?: Uint8Array;
  readonly text?: string;
  readonly more?: Item;
}

/** The calls that a watchlist makes to DynamoDB: bytes and text under keys; each failure is a StoreError. */
export class WatchlistRows {
  readonly #client: DynamoDBClient;
  readonly #tableName: string;
  readonly #timeoutMs: number;
  readonly #gets: GatheredGets;

  constructor(table: GatheredTable) {
    this.#client = table.client;
    this.#tableName = table.tableName;
    this.#timeoutMs = table.timeoutMs;
    this.#gets = gatheredGetsOf(table);
  }

  /** Read consistently, together with whatever else is asked for in the same turn. */
  get(key: RowKey): Promise<Item | undefined> {
    return this.#attempt(`read ${key.sk} of the watchlist`, () => this.#gets.get(key));
  }

  /** From one sort key up to, not including, another; read consistently, a page at a time. */
  async *between(pk: string, from: string, to: string): AsyncGenerator<readonly Item[]> {
    let start: QueryCommandInput['ExclusiveStartKey'];
    do {
      const command = new QueryCommand({
        TableName: this.#tableName,
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: { ':pk': { S: pk }, ':from': { S: from }, ':to': { S: to } },
        ConsistentRead: true,
        ExclusiveStartKey: start,
      });
      const page = await this.#attempt(`read ${pk} from ${from} on`, () =>
        this.#client.send(command, this.#deadline()),
      );
      yield page.Items ?? [];
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
  }

  async newest(pk: string, prefix: string, most: number): Promise<readonly Item[]> {
    const command = new QueryCommand({
      TableName: this.#tableName,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
      ExpressionAttributeValues: { ':pk': { S: pk }, ':prefix': { S: prefix } },
      ScanIndexForward: false,
      Limit: most,
    });
    const { Items = [] } = await this.#attempt(`read the newest ${prefix} of the watchlist`, () =>
      this.#client.send(command, this.#deadline()),
    );
    return Items;
  }

  /** Whatever was there before. */
  async put(row: Row): Promise<void> {
    const command = new PutItemCommand({ TableName: this.#tableName, Item: itemOf(row) });
    await this.#attempt(`write ${row.sk} of the watchlist`, () =>
      this.#client.send(command, this.#deadline()),
    );
  }

  /** Unless a row of this or a later version is there. */
  async putNewer(key: RowKey, version: number, row: Omit<Row, keyof RowKey>): Promise<void> {
    await this.#putIf({ ...key, ...row }, version, 'attribute_not_exists(pk) OR #version < :before', version);
  }

  /** `false`: the row there is not the version before this one, and not this very text. */
  async putNext(key: RowKey, version: number, text: string): Promise<boolean> {
    const condition = version === 1 ? 'attribute_not_exists(pk)' : '#version = :before';
    if (await this.#putIf({ ...key, text }, version, condition, version - 1)) return true;
    // A put whose answer got lost is repeated by the client, and then meets its own row.
    return (await this.get(key))?.text?.S === text;
  }

  async #putIf(row: Row, version: number, condition: string, before: number): Promise<boolean> {
    const isNamed = condition.includes('#version');
    const command = new PutItemCommand({
      TableName: this.#tableName,
      Item: { ...itemOf(row), version: { N: `${version}` } },
      ConditionExpression: condition,
      ExpressionAttributeNames: isNamed ? { '#version': 'version' } : undefined,
      ExpressionAttributeValues: isNamed ? { ':before': { N: `${before}` } } : undefined,
    });
    try {
      await this.#client.send(command, this.#deadline());
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw storeFault(`write ${row.sk} of the watchlist`, error);
    }
  }

  #deadline() {
    return { abortSignal: AbortSignal.timeout(this.#timeoutMs) };
  }

  async #attempt<T>(action: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw storeFault(action, error);
    }
  }
}

const keyOf = ({ pk, sk }: RowKey): Record<string, AttributeValue> => ({ pk: { S: pk }, sk: { S: sk } });

const itemOf = ({ pk, sk, bytes, text, more }: Row): Record<string, AttributeValue> => ({
  ...keyOf({ pk, sk }),
  ...(bytes && { bytes: { B: bytes } }),
  ...(text !== undefined && { text: { S: text } }),
  ...more,
});
