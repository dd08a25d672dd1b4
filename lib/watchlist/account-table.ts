import { getAddress } from 'ethers';
import { ContractError } from '../errors.ts';
import type { Address } from '../hex.ts';

/**
 * Accounts as a structure of arrays: a million of them are a handful of buffers, that the garbage collector
 * never walks and a snapshot copies as they are. Never changed once built.
 */
export interface AccountTable {
  readonly size: number;
  /** 20 bytes a row. */
  readonly addresses: Uint8Array;
  readonly groups: Uint8Array;
  /** Of each row's first holding; one more than there are rows. */
  readonly starts: Uint32Array;
  readonly slots: Uint8Array;
  /** 128 bits a holding, least significant word first. */
  readonly words: Uint32Array;
}

/** One account, outside of a table. */
export interface Entry {
  readonly address: Address;
  /** Accounts of one group count the same holding alike, such as those of one e-mode. 0 to 255. */
  readonly group: number;
  /** Without any, there is nothing to watch. */
  readonly holdings: readonly Holding[];
}

export interface Holding {
  /** Which asset, 0 to 127; a debt in it has `DEBT` added. */
  readonly slot: number;
  /** As the protocol stores it, before interest; below 2^128. */
  readonly amount: bigint;
}

export const DEBT = 128;

/** Holdings that are valued alike: one slot of one group. */
export const columnOf = (group: number, slot: number): number => (group << 8) | slot;
export const groupOf = (column: number): number => column >> 8;
export const slotOf = (column: number): number => column & 255;
export const isDebt = (column: number): boolean => (column & DEBT) !== 0;

/** Correctly rounded sums of words: within 2^-51 of the amount. */
export function amountAsNumber({ words }: AccountTable, holding: number): number {
  const at = holding * 4;
  const high = (words[at + 3] ?? 0) * TWO_32 + (words[at + 2] ?? 0);
  return (high * TWO_32 + (words[at + 1] ?? 0)) * TWO_32 + (words[at] ?? 0);
}

export function addressAt({ addresses }: AccountTable, row: number): Address {
  let hex = '0x';
  for (let byte = row * 20; byte < row * 20 + 20; byte++) hex += HEX[addresses[byte] ?? 0];
  return getAddress(hex);
}

export function entryAt(table: AccountTable, row: number): Entry {
  const holdings: Holding[] = [];
  for (let holding = table.starts[row] ?? 0; holding < (table.starts[row + 1] ?? 0); holding++) {
    holdings.push({ slot: table.slots[holding] ?? 0, amount: amountAt(table, holding) });
  }
  return { address: addressAt(table, row), group: table.groups[row] ?? 0, holdings };
}

/** Every column that some row has a holding in, ascending. */
export function columnsOf({ size, groups, starts, slots }: AccountTable): Uint16Array {
  const isUsed = new Uint8Array(65_536);
  const found: number[] = [];
  for (let row = 0; row < size; row++) {
    const group = (groups[row] ?? 0) << 8;
    for (let holding = starts[row] ?? 0; holding < (starts[row + 1] ?? 0); holding++) {
      const column = group | (slots[holding] ?? 0);
      if (isUsed[column] === 0) found.push(column);
      isUsed[column] = 1;
    }
  }
  return Uint16Array.from(found).sort();
}

/** The 20 bytes of an address. */
export function bytesOf(address: Address): Uint8Array {
  const bytes = new Uint8Array(20);
  for (let byte = 0; byte < 20; byte++)
    bytes[byte] = Number.parseInt(address.slice(2 + 2 * byte, 4 + 2 * byte), 16);
  return bytes;
}

function amountAt({ words }: AccountTable, holding: number): bigint {
  const at = holding * 4;
  const low = (BigInt(words[at + 1] ?? 0) << 32n) | BigInt(words[at] ?? 0);
  const high = (BigInt(words[at + 3] ?? 0) << 32n) | BigInt(words[at + 2] ?? 0);
  return (high << 64n) | low;
}

const TWO_32 = 2 ** 32;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Grows by rows and by runs of rows of other tables; `build` ends it. */
export class AccountTableBuilder {
  #rows = 0;
  #holdings = 0;
  #addresses: Uint8Array;
  #groups: Uint8Array;
  #starts: Uint32Array;
  #slots: Uint8Array;
  #words: Uint32Array;

  /** Counts are only to start with. */
  constructor(rows = 16, holdings = 4 * rows) {
    this.#addresses = new Uint8Array(rows * 20);
    this.#groups = new Uint8Array(rows);
    this.#starts = new Uint32Array(rows + 1);
    this.#slots = new Uint8Array(holdings);
    this.#words = new Uint32Array(holdings * 4);
  }

  /** @throws ContractError where an amount, slot or group is wider than any contract stores */
  add({ address, group, holdings }: Entry): void {
    this.#reserve(1, holdings.length);
    this.#addresses.set(bytesOf(address), this.#rows * 20);
    this.#groups[this.#rows] = group;
    for (const { slot, amount } of holdings) {
      if (amount < 0n || amount >> 128n !== 0n || slot > 255 || group > 255) throw unstorable(address);
      this.#slots[this.#holdings] = slot;
      writeWords(this.#words, this.#holdings * 4, amount);
      this.#holdings += 1;
    }
    this.#rows += 1;
    this.#starts[this.#rows] = this.#holdings;
  }

  /** Rows `from` up to, not including, `to`. */
  addRows(table: AccountTable, from: number, to: number): void {
    const [first, last] = [table.starts[from] ?? 0, table.starts[to] ?? 0];
    this.#reserve(to - from, last - first);
    this.#addresses.set(table.addresses.subarray(from * 20, to * 20), this.#rows * 20);
    this.#groups.set(table.groups.subarray(from, to), this.#rows);
    this.#slots.set(table.slots.subarray(first, last), this.#holdings);
    this.#words.set(table.words.subarray(first * 4, last * 4), this.#holdings * 4);
    for (let row = from; row < to; row++) {
      this.#starts[this.#rows + row - from + 1] = (table.starts[row + 1] ?? 0) - first + this.#holdings;
    }
    this.#rows += to - from;
    this.#holdings += last - first;
  }

  build(): AccountTable {
    const [size, holdings] = [this.#rows, this.#holdings];
    return {
      size,
      addresses: trimmed(this.#addresses, size * 20),
      groups: trimmed(this.#groups, size),
      starts: trimmed(this.#starts, size + 1),
      slots: trimmed(this.#slots, holdings),
      words: trimmed(this.#words, holdings * 4),
    };
  }

  #reserve(rows: number, holdings: number): void {
    if (this.#rows + rows > this.#groups.length) {
      const wanted = Math.max(2 * this.#groups.length, this.#rows + rows);
      this.#addresses = grown(this.#addresses, wanted * 20);
      this.#groups = grown(this.#groups, wanted);
      this.#starts = grown(this.#starts, wanted + 1);
    }
    if (this.#holdings + holdings > this.#slots.length) {
      const wanted = Math.max(2 * this.#slots.length, this.#holdings + holdings);
      this.#slots = grown(this.#slots, wanted);
      this.#words = grown(this.#words, wanted * 4);
    }
  }
}

function writeWords(words: Uint32Array, at: number, amount: bigint): void {
  for (let word = 0, rest = amount; word < 4; word++, rest >>= 32n) {
    words[at + word] = Number(rest & 0xffff_ffffn);
  }
}

function grown<T extends Uint8Array | Uint32Array>(array: T, length: number): T;
function grown(array: Uint8Array | Uint32Array, length: number): Uint8Array | Uint32Array {
  const larger = array instanceof Uint8Array ? new Uint8Array(length) : new Uint32Array(length);
  larger.set(array);
  return larger;
}

function trimmed<T extends Uint8Array | Uint32Array>(array: T, length: number): T;
function trimmed(array: Uint8Array | Uint32Array, length: number): Uint8Array | Uint32Array {
  return array.length === length ? array : array.slice(0, length);
}

const unstorable = (address: Address): ContractError =>
  new ContractError(
    `A holding of ${address} is wider than any contract stores: check what the node answers for it.`,
  );
