import { StoreError } from './errors.ts';
import type { Address, Hex } from './hex.ts';

/**
 * What a market is known to ask of the chain, from the last process that read it: so that the next can ask all of it
 * at once, in place of one thing after the other. It holds no answer that could grow old. Whatever it misses is asked
 * for when it is needed, and what it has too much is asked for in vain: nothing that is decided depends on it.
 */
export interface Foresight {
  /** In the order in which they were needed. */
  readonly reads: readonly ForeseenRead[];
  /** Of configurations that never change under their digest. */
  readonly oracleConfigs: readonly KnownOracleConfig[];
}

export interface ForeseenRead {
  readonly target: Address;
  readonly data: Hex;
}

/** The oracles behind an aggregator's configuration of this digest. */
export interface KnownOracleConfig {
  readonly aggregator: Address;
  readonly configDigest: Hex;
  readonly signers: readonly Address[];
  readonly transmitters: readonly Address[];
  readonly f: number;
}

/** Where it is kept between processes. Both throw StoreError. */
export interface ForesightStore {
  /** `undefined`: nothing was ever kept. */
  read(): Promise<Foresight | undefined>;
  keep(foresight: Foresight): Promise<void>;
}

export const nameOf = ({ target, data }: ForeseenRead): string => `${target} ${data}`;

/** Whether keeping this one in place of the other is worth a write: something is missing, or much is of no use. */
export function isBetter(witnessed: Foresight, kept: Foresight | undefined): boolean {
  if (kept === undefined) return true;
  const known = new Set(kept.reads.map(nameOf));
  const isMissing = witnessed.reads.some((read) => !known.has(nameOf(read)));
  const digests = new Set(kept.oracleConfigs.map(({ configDigest }) => configDigest));
  const isUnknown = witnessed.oracleConfigs.some(({ configDigest }) => !digests.has(configDigest));
  return isMissing || isUnknown || kept.reads.length > 2 * witnessed.reads.length;
}

/** Reads under their target, so that an address is there once. */
export function encodeForesight({ reads, oracleConfigs }: Foresight): string {
  const byTarget = Map.groupBy(reads, ({ target }) => target);
  const lines = [...byTarget].map(([target, all]) => [target, ...all.map(({ data }) => data)]);
  return JSON.stringify({ version: VERSION, reads: lines, oracleConfigs });
}

/** @throws StoreError for what this version of the program did not write */
export function decodeForesight(text: string): Foresight {
  const { version, reads, oracleConfigs }: Record<string, unknown> = parsed(text);
  if (version !== VERSION || !isList(reads, isLine) || !isList(oracleConfigs, isConfig)) throw unknown();
  return {
    reads: reads.flatMap(([target = '', ...all]) => all.map((data) => ({ target, data }))),
    oracleConfigs,
  };
}

const VERSION = 1;

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    throw unknown();
  }
}

const unknown = (): StoreError =>
  new StoreError('What a market was foreseen to need was not written by this version of the program.');

/** By hand: a thousand lines are looked at while a process begins. */
const isList = <T>(value: unknown, is: (one: unknown) => one is T): value is readonly T[] =>
  Array.isArray(value) && value.every(is);

const isText = (value: unknown): value is string => typeof value === 'string';
const isHex = (value: unknown): value is Hex => isText(value) && /^0x[0-9a-fA-F]*$/.test(value);
const isAddress = (value: unknown): value is Address => isHex(value) && value.length === 42;

const isLine = (value: unknown): value is readonly Hex[] => isList(value, isHex) && isAddress(value[0]);

const isConfig = (value: unknown): value is KnownOracleConfig =>
  typeof value === 'object' &&
  value !== null &&
  'aggregator' in value &&
  isAddress(value.aggregator) &&
  'configDigest' in value &&
  isHex(value.configDigest) &&
  'signers' in value &&
  isList(value.signers, isAddress) &&
  'transmitters' in value &&
  isList(value.transmitters, isAddress) &&
  'f' in value &&
  Number.isInteger(value.f);
