import {
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  budgetKey,
  type DailyLimits,
  type KeyLease,
  type LeaseAnswer,
  leaseKey,
  type Stake,
} from '../ledger/limits.ts';
import { storeFault } from './store-fault.ts';
import { getRow, type Table } from './store-table.ts';
import { marshal, unmarshal } from './store-values.ts';

/** What several racers share besides the ledger's facts: keys, and a day's budget. Each call is one request. */

const LEASE_CONDITION =
  'attribute_not_exists(pk) OR untilBlock <= :head OR (holder = :holder AND #round <= :round)';

/** May be repeated without harm: the holder is let in again. */
export async function leaseRow(table: Table, lease: KeyLease): Promise<LeaseAnswer> {
  const { holder, round, untilBlock, headBlock } = lease;
  const key = leaseKey(lease);
  const put = new PutItemCommand({
    TableName: table.tableName,
    Item: marshal({ ...key, holder, round, untilBlock }),
    ConditionExpression: LEASE_CONDITION,
    ExpressionAttributeNames: { '#round': 'round' },
    ExpressionAttributeValues: marshal({ ':head': headBlock, ':holder': holder, ':round': round }),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  try {
    await table.client.send(put, deadline(table));
    return 'leased';
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw storeFault(`lease ${key.pk}`, error);
    const row = error.Item ? unmarshal(error.Item) : await getRow(table, key);
    return row?.holder === holder ? 'superseded' : 'taken';
  }
}

/** `false`: more than the day has left, and nothing was taken. A lost answer leaves it taken: too much, never too little. */
export async function takeStake(table: Table, stake: Stake, limits: DailyLimits): Promise<boolean> {
  const gasRoom = limits.maxDailyGasCostWei - stake.gasWei;
  const lossRoom = limits.maxDailyLossWei - stake.lossWei;
  if (gasRoom < 0n || lossRoom < 0n) return false;
  return add(table, stake, stake.gasWei, stake.lossWei, {
    ConditionExpression: `${WITHIN('gasWei', ':gasRoom')} AND ${WITHIN('lossWei', ':lossRoom')}`,
    values: { ':gasRoom': amount(gasRoom), ':lossRoom': amount(lossRoom) },
  });
}

/** Gives back what the bundle did not cost. */
export async function returnStake(
  table: Table,
  stake: Stake,
  spent: Pick<Stake, 'gasWei' | 'lossWei'>,
): Promise<void> {
  await add(table, stake, spent.gasWei - stake.gasWei, spent.lossWei - stake.lossWei, { values: {} });
}

/** All that was taken and not given back. */
export async function readStakes(
  table: Table,
  day: Pick<Stake, 'chainId' | 'day'>,
): Promise<Pick<Stake, 'gasWei' | 'lossWei'>> {
  const key = budgetKey(day);
  const get = new GetItemCommand({ TableName: table.tableName, Key: marshal(key), ConsistentRead: true });
  try {
    const { Item } = await table.client.send(get, deadline(table));
    return { gasWei: BigInt(Item?.gasWei?.N ?? 0), lossWei: BigInt(Item?.lossWei?.N ?? 0) };
  } catch (error) {
    throw storeFault(`read ${key.pk} / ${key.sk}`, error);
  }
}

const WITHIN = (name: string, room: string): string =>
  `(attribute_not_exists(${name}) OR ${name} <= ${room})`;

async function add(
  table: Table,
  day: Pick<Stake, 'chainId' | 'day'>,
  gasWei: bigint,
  lossWei: bigint,
  { ConditionExpression, values }: { readonly ConditionExpression?: string; readonly values: Amounts },
): Promise<boolean> {
  const key = budgetKey(day);
  const update = new UpdateItemCommand({
    TableName: table.tableName,
    Key: marshal(key),
    UpdateExpression: 'ADD gasWei :gas, lossWei :loss',
    ConditionExpression,
    ExpressionAttributeValues: { ':gas': amount(gasWei), ':loss': amount(lossWei), ...values },
  });
  try {
    await table.client.send(update, deadline(table));
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw storeFault(`count against ${key.pk} / ${key.sk}`, error);
  }
}

type Amounts = Readonly<Record<string, { readonly N: string }>>;

/** A day's wei are far from the 38 digits that a DynamoDB number holds. */
const amount = (wei: bigint) => ({ N: wei.toString() });

const deadline = ({ timeoutMs }: Table) => ({ abortSignal: AbortSignal.timeout(timeoutMs) });
