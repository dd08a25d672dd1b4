import { randomUUID } from 'node:crypto';
import type { DynamoDBClient, QueryCommandInput } from '@aws-sdk/client-dynamodb';
import {
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import type { StoredRecord } from '../ledger/record.ts';
import { storeFault } from './store-fault.ts';
import { marshal, unmarshal } from './store-values.ts';

/** The calls that the ledger makes to DynamoDB; each failure is a StoreError. */
export interface Table {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  /** For one call, its retries and the last byte of its answer included. */
  readonly timeoutMs: number;
  /** Hears what each page of a query cost, in read units. */
  readonly onCapacity?: ((units: number) => void) | undefined;
}

export interface ConditionalPut {
  readonly row: StoredRecord;
  readonly condition: string;
  readonly names?: Readonly<Record<string, string>>;
  readonly values?: StoredRecord;
}

export type Query = Pick<
  QueryCommandInput,
  | 'IndexName'
  | 'KeyConditionExpression'
  | 'ExpressionAttributeNames'
  | 'ConsistentRead'
  | 'ScanIndexForward'
  | 'Limit'
> & { readonly values: StoredRecord };

/** `false`: a row with this key was there before this call. */
export async function putRowOnce(table: Table, record: StoredRecord): Promise<boolean> {
  const row = { ...record, writer: randomUUID() };
  const refusal = await put(table, { row, condition: 'attribute_not_exists(pk)' });
  return refusal === undefined || wroteItEarlier(table, row, refusal);
}

/** `false`: the condition does not hold. For puts that may be repeated without harm. */
export const putRow = async (table: Table, conditional: ConditionalPut): Promise<boolean> =>
  (await put(table, conditional)) === undefined;

/** Whatever was there before. */
export async function replaceRow(table: Table, row: StoredRecord): Promise<void> {
  const command = new PutItemCommand({ TableName: table.tableName, Item: marshal(row) });
  await attempt(`write ${row.pk} / ${row.sk}`, () => table.client.send(command, deadline(table)));
}

/** Read consistently. */
export async function getRow(table: Table, { pk, sk }: StoredRecord): Promise<StoredRecord | undefined> {
  const get = new GetItemCommand({
    TableName: table.tableName,
    Key: marshal({ pk: `${pk}`, sk: `${sk}` }),
    ConsistentRead: true,
  });
  const { Item } = await attempt(`read ${pk} / ${sk}`, () => table.client.send(get, deadline(table)));
  return Item && unmarshal(Item);
}

/** Every page of a query, in key order. */
export async function* rowPages(table: Table, { values, ...query }: Query): AsyncGenerator<StoredRecord[]> {
  const input = {
    ...query,
    TableName: table.tableName,
    ExpressionAttributeValues: marshal(values),
    ...(table.onCapacity && { ReturnConsumedCapacity: 'TOTAL' as const }),
  };
  let start: QueryCommandInput['ExclusiveStartKey'];
  do {
    const command = new QueryCommand({ ...input, ExclusiveStartKey: start });
    const page = await attempt(`query ${table.tableName}`, () => table.client.send(command, deadline(table)));
    table.onCapacity?.(page.ConsumedCapacity?.CapacityUnits ?? 0);
    yield (page.Items ?? []).map(unmarshal);
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
}

/** The refusal where the condition does not hold. */
async function put(
  table: Table,
  { row, condition, names, values }: ConditionalPut,
): Promise<ConditionalCheckFailedException | undefined> {
  const command = new PutItemCommand({
    TableName: table.tableName,
    Item: marshal(row),
    ConditionExpression: condition,
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values && marshal(values),
  });
  try {
    await table.client.send(command, deadline(table));
    return undefined;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return error;
    throw storeFault(`write ${row.pk} / ${row.sk}`, error);
  }
}

/** A put whose answer got lost is repeated by the client, and is then refused because of its own row. */
async function wroteItEarlier(
  table: Table,
  row: StoredRecord,
  refusal: ConditionalCheckFailedException,
): Promise<boolean> {
  if ((refusal.$metadata.attempts ?? 1) === 1) return false;
  return (await getRow(table, row))?.writer === row.writer;
}

const deadline = ({ timeoutMs }: Table) => ({ abortSignal: AbortSignal.timeout(timeoutMs) });

async function attempt<T>(action: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw storeFault(action, error);
  }
}
