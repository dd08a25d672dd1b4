import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { StoreError } from '../errors.ts';
import type { StoredRecord, StoredValue } from '../ledger/record.ts';

/** Plain JSON to DynamoDB's attribute values. Amounts are strings already: see lib/ledger/record.ts. */
export function marshal(record: StoredRecord): Record<string, AttributeValue> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, toAttribute(value)]));
}

/** @throws StoreError for attribute types that no row of ours holds (sets, binary, null) */
export function unmarshal(item: Readonly<Record<string, AttributeValue>>): StoredRecord {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, fromAttribute(name, value)]));
}

function toAttribute(value: StoredValue): AttributeValue {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: finite(value) };
  if (typeof value === 'boolean') return { BOOL: value };
  if (isList(value)) return { L: value.map(toAttribute) };
  return { M: marshal(value) };
}

const isList = (value: StoredValue): value is readonly StoredValue[] => Array.isArray(value);

function finite(value: number): string {
  if (Number.isFinite(value)) return `${value}`;
  throw new StoreError(`${value} is not a number that can be stored: fix the code that wrote it.`);
}

function fromAttribute(name: string, value: AttributeValue): StoredValue {
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined) return Number(value.N);
  if (value.BOOL !== undefined) return value.BOOL;
  if (value.L !== undefined) return value.L.map((element) => fromAttribute(name, element));
  if (value.M !== undefined) return unmarshal(value.M);
  throw new StoreError(`Attribute ${name} has the type ${Object.keys(value)}: not written by this program.`);
}
