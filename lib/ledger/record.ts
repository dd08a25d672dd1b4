import * as v from 'valibot';
import { StoreError } from '../errors.ts';
import type { Fact, FactState, Skipped } from './fact.ts';
import { keyOf } from './key.ts';
import { factSchemas } from './schema.ts';

/** Plain JSON: what a row holds. Amounts are decimal strings, since no number type of a store holds 2^256. */
export type StoredValue = string | number | boolean | readonly StoredValue[] | StoredRecord;
export interface StoredRecord {
  readonly [attribute: string]: StoredValue;
}

/** Turns a record of one schema version into one of the next. */
export type Upgrade = (record: StoredRecord) => StoredRecord;

/** Element i turns version i + 1 into version i + 2: append one whenever a stored shape changes. */
const UPGRADES: readonly Upgrade[] = [
  // 2: builders, rival payments, costs, prices, policies and token names; what version 1 has is as it was.
  (record) => record,
  // 3: outcomes may name their witness and be undone.
  (record) => record,
];

/**
 * The row of a fact: its keys, its version and its content.
 * @throws StoreError where the row could not be read back: better no row than one that stops every report
 */
export function toRecord(fact: Fact): StoredRecord {
  const keys = keyOf(fact);
  const content = storedObject(fact.state === 'skipped' ? splitNumbers(fact) : fact);
  parseFact(content, rowName(keys), 'Nothing was written: fix the code that made the fact.');
  const index: StoredRecord = fact.state === 'planned' ? { chain: `${fact.chainId}` } : {};
  return { ...content, ...keys, ...index, schemaVersion: UPGRADES.length + 1 };
}

/**
 * The fact of a row, brought up to the current version.
 * @throws StoreError for a version of the future and for a row that is not what its version promises
 */
export function fromRecord(record: StoredRecord, upgrades: readonly Upgrade[] = UPGRADES): Fact {
  const { pk, sk, day: _day, at: _at, chain: _chain, writer: _writer, schemaVersion, ...content } = record;
  const where = rowName({ pk, sk });
  const current = versionOf(schemaVersion, upgrades.length + 1, where);
  const upgraded = upgrades.slice(current - 1).reduce((older, upgrade) => upgrade(older), content);
  return parseFact(upgraded, where, 'Repair the row, or move it out of the table.');
}

/** Decimal strings for amounts, nothing for `undefined`; all else as it is. */
export function toStored(value: unknown): StoredValue {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map(toStored);
  if (typeof value === 'object' && value !== null) return storedObject(value);
  throw new StoreError(`A fact holds a ${typeof value}, which no row can: fix the code that wrote it.`);
}

const rowName = ({ pk, sk }: { readonly pk?: StoredValue; readonly sk?: StoredValue }): string =>
  `Row ${pk} / ${sk}`;

function storedObject(object: object): StoredRecord {
  const present = Object.entries(object).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present.map(([name, value]) => [name, toStored(value)]));
}

function splitNumbers(fact: Skipped): object {
  const entries = Object.entries(fact.numbers);
  const numbers = Object.fromEntries(entries.filter(([, value]) => typeof value === 'bigint'));
  const words = Object.fromEntries(entries.filter(([, value]) => typeof value === 'string'));
  return { ...fact, numbers, words };
}

function versionOf(version: StoredValue | undefined, newest: number, where: string): number {
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) {
    throw new StoreError(`${where} has no schema version: it was not written by this program. Move it away.`);
  }
  if (version > newest) {
    throw new StoreError(
      `${where} has schema version ${version}, this program knows up to ${newest}: run the newer release.`,
    );
  }
  return version;
}

function parseFact(content: StoredRecord, where: string, advice: string): Fact {
  const { state } = content;
  if (!isState(state)) throw new StoreError(`${where} has the unknown state "${String(state)}". ${advice}`);
  const parsed = v.safeParse(factSchemas[state], content);
  if (parsed.success) return parsed.output;
  throw new StoreError(`${where} is not a ${state} fact: ${v.summarize(parsed.issues)}. ${advice}`);
}

const isState = (state: StoredValue | undefined): state is FactState =>
  typeof state === 'string' && Object.hasOwn(factSchemas, state);
