import { getAddress, getBytes, hexlify } from 'ethers';
import { StoreError } from '../errors.ts';
import type { Address, Hex } from '../hex.ts';
import { damaged } from './damaged.ts';

/** One account as it is stored, whatever a protocol keeps of it. Without entries it is gone. */
export interface AccountRecord {
  readonly address: Address;
  readonly entries: readonly RecordEntry[];
}

/** Amounts, each below 2^256, under the name of what they are of: a market, a token, a contract. */
export interface RecordEntry {
  /** An address with its checksum, or 32 bytes in lower case. */
  readonly key: Hex;
  readonly amounts: readonly bigint[];
}

/**
 * Records as bytes, in chunks that are read in parallel and stand alone. Little endian:
 *
 *   version u8 · keys u16 · rows u32 · of each key: bytes u8, its bytes
 *   · of each row: its address, 40 bits that say which digits of it are capitals, entries u16
 *   · of each entry: place of its key u16, amounts u8 · of each amount: bytes u8, its bytes without leading zeros
 *
 * Finding out an address's capitals anew would be most of the time of a start. The version differs from a snapshot's, so that neither is taken for the other.
 */
export const RECORDS_VERSION = 2;

const HEADER_BYTES = 7;
/** Entries name their key by 16 bits. */
const MOST_KEYS = 65_535;

/** @param maxBytes no chunk is larger, unless one account alone is */
export function encodeRecords(records: readonly AccountRecord[], maxBytes: number): readonly Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let chunk = new Chunk();
  for (const record of records) {
    if (chunk.add(record, maxBytes)) continue;
    if (chunk.rows > 0) chunks.push(chunk.bytes());
    chunk = new Chunk();
    chunk.addAnyhow(record);
  }
  return chunk.rows === 0 ? chunks : [...chunks, chunk.bytes()];
}

/** All of them as one chunk, however large. */
export function encodeTogether(records: readonly AccountRecord[]): Uint8Array {
  const chunk = new Chunk();
  for (const record of records) chunk.addAnyhow(record);
  return chunk.bytes();
}

/** @throws StoreError for bytes that this version of the program did not write */
export function decodeRecords(chunk: Uint8Array): readonly AccountRecord[] {
  const from = new Reader(chunk);
  const version = from.uint(1);
  if (version !== RECORDS_VERSION) throw damaged(`it has version ${version}, not ${RECORDS_VERSION}`);
  const [keyCount, rows] = [from.uint(2), from.uint(4)];
  const keys = repeated(keyCount, () => keyOf(from.take(from.uint(1))));
  const records = repeated(rows, () => recordIn(from, keys));
  if (from.left > 0) throw damaged('it is longer than it says');
  return records;
}

function recordIn(from: Reader, keys: readonly Hex[]): AccountRecord {
  const address = addressOf(from.take(20), from.take(5));
  const entries = repeated(from.uint(2), () => {
    const key = keys[from.uint(2)];
    if (key === undefined) throw damaged('an entry has no key');
    return { key, amounts: repeated(from.uint(1), () => amountOf(from.take(from.uint(1)))) };
  });
  return { address, entries };
}

function repeated<T>(count: number, one: () => T): readonly T[] {
  const all: T[] = [];
  while (all.length < count) all.push(one());
  return all;
}

/** Two digits a byte, each pair as two bits say. */
function addressOf(bytes: Uint8Array, capitals: Uint8Array): Address {
  let address = '0x';
  for (let byte = 0; byte < 20; byte++) {
    const pair = ((capitals[byte >> 2] ?? 0) >> (2 * (byte & 3))) & 3;
    address += DIGITS[(pair << 8) | (bytes[byte] ?? 0)];
  }
  return address;
}

/** Every byte in digits: in lower case, its first in upper case, its second, both. */
const DIGITS = Array.from({ length: 1024 }, (_, at) => {
  const [first = '', second = ''] = (at & 255).toString(16).padStart(2, '0');
  return (at & 256 ? first.toUpperCase() : first) + (at & 512 ? second.toUpperCase() : second);
});

function capitalsOf(address: Address): readonly number[] {
  const capitals = [0, 0, 0, 0, 0];
  for (let digit = 0; digit < 40; digit++) {
    const code = address.charCodeAt(2 + digit);
    if (code >= CAPITAL_A && code <= CAPITAL_F)
      capitals[digit >> 3] = (capitals[digit >> 3] ?? 0) | (1 << (digit & 7));
  }
  return capitals;
}

const [CAPITAL_A, CAPITAL_F] = [65, 70];

const keyOf = (bytes: Uint8Array): Hex => (bytes.length === 20 ? getAddress(hexlify(bytes)) : hexlify(bytes));

function amountOf(bytes: Uint8Array): bigint {
  let digits = '0x0';
  for (let byte = bytes.length - 1; byte >= 0; byte--) digits += DIGITS[bytes[byte] ?? 0];
  return BigInt(digits);
}

/** A chunk that grows row by row. */
class Chunk {
  readonly #keys = new Map<Hex, number>();
  readonly #keyBytes: number[] = [];
  readonly #rowBytes: number[] = [];
  rows = 0;

  /** `false`, and nothing was added: it would be too large. */
  add({ address, entries }: AccountRecord, maxBytes: number): boolean {
    const unknown = [...new Set(entries.map(({ key }) => key))].filter((key) => !this.#keys.has(key));
    const keyBytes = unknown.flatMap((key) => withLength(getBytes(key)));
    const places = new Map(unknown.map((key, at) => [key, this.#keys.size + at]));
    const placeOf = (key: Hex): number => this.#keys.get(key) ?? places.get(key) ?? 0;
    const row = [...getBytes(address), ...capitalsOf(address), ...uint(entries.length, 2)].concat(
      ...entries.map(({ key, amounts }) => [
        ...[...uint(placeOf(key), 2), amounts.length],
        ...amounts.flatMap((amount) => withLength(bytesOfAmount(amount))),
      ]),
    );
    const size = HEADER_BYTES + this.#keyBytes.length + this.#rowBytes.length + keyBytes.length + row.length;
    if (size > maxBytes || this.#keys.size + places.size > MOST_KEYS) return false;
    for (const [key, place] of places) this.#keys.set(key, place);
    for (const byte of keyBytes) this.#keyBytes.push(byte);
    for (const byte of row) this.#rowBytes.push(byte);
    this.rows += 1;
    return true;
  }

  /** @throws StoreError with more keys than a chunk can name */
  addAnyhow(record: AccountRecord): void {
    if (this.add(record, Number.POSITIVE_INFINITY)) return;
    throw new StoreError(
      `A chunk cannot name more than ${MOST_KEYS} keys: ${record.address} is one too many.`,
    );
  }

  bytes(): Uint8Array {
    const header = [RECORDS_VERSION, ...uint(this.#keys.size, 2), ...uint(this.rows, 4)];
    const bytes = new Uint8Array(HEADER_BYTES + this.#keyBytes.length + this.#rowBytes.length);
    bytes.set(header);
    bytes.set(this.#keyBytes, HEADER_BYTES);
    bytes.set(this.#rowBytes, HEADER_BYTES + this.#keyBytes.length);
    return bytes;
  }
}

const withLength = (bytes: Uint8Array): readonly number[] => [bytes.length, ...bytes];

const uint = (value: number, bytes: number): readonly number[] =>
  Array.from({ length: bytes }, (_, at) => (value >>> (8 * at)) & 255);

function bytesOfAmount(amount: bigint): Uint8Array {
  if (amount === 0n) return new Uint8Array();
  const digits = amount.toString(16);
  return getBytes(`0x${digits.length % 2 === 0 ? digits : `0${digits}`}`).reverse();
}

/** Reads on from where it is; never beyond the end. */
class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  take(count: number): Uint8Array {
    if (count > this.left) throw damaged('it is cut short');
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  uint(bytes: number): number {
    return this.take(bytes).reduceRight((value, byte) => value * 256 + byte, 0);
  }
}
