import { type AccountTable, amountAsNumber, DEBT } from './account-table.ts';
import { referenceSlop } from './drift.ts';
import { sortByKey } from './radix-sort.ts';
import type { Valuation } from './valuation.ts';

export interface SortedRows {
  readonly keys: Float32Array;
  readonly rows: Uint32Array;
  /** N⁺, M⁺ and M⁻ of each row as shares of its N⁻ + M⁻: side by side in the order in which they are searched. */
  readonly shares: Float32Array;
}

export const OTHER_BACKING = 0;
export const MOVED_BACKING = 1;
export const OTHER_DEBT = 2;
export const MOVED_DEBT = 3;

/** N⁺, M⁺, N⁻ and M⁻ of a row, each slop at its most. */
export function sumParts(
  table: AccountTable,
  row: number,
  { unitValues, slops }: Valuation,
  isMoved: Uint8Array,
  parts: Float64Array,
): void {
  parts.fill(0);
  const group = (table.groups[row] ?? 0) << 8;
  for (let holding = table.starts[row] ?? 0; holding < (table.starts[row + 1] ?? 0); holding++) {
    const slot = table.slots[holding] ?? 0;
    const column = group | slot;
    const value = amountAsNumber(table, holding) * (unitValues[column] ?? 0);
    const slop = referenceSlop(slops[column] ?? 0);
    const moved = isMoved[column] ?? 0;
    const part = (slot >= DEBT ? OTHER_DEBT : OTHER_BACKING) + moved;
    parts[part] = (parts[part] ?? 0) + (slot >= DEBT ? value + slop : Math.max(0, value - slop));
  }
}

/** Rows to be sorted, in buffers for as many as there may be. */
export class KeyedRows {
  readonly #keys: Float32Array;
  readonly #rows: Uint32Array;
  readonly #shares: Float32Array;
  #length = 0;

  constructor(most: number) {
    this.#keys = new Float32Array(most);
    this.#rows = new Uint32Array(most);
    this.#shares = new Float32Array(3 * most);
  }

  add(key: number, row: number, parts: Float64Array): void {
    const debt = (parts[OTHER_DEBT] ?? 0) + (parts[MOVED_DEBT] ?? 0);
    const at = this.#length;
    this.#keys[at] = key;
    this.#rows[at] = row;
    this.#shares[3 * at] = (parts[OTHER_BACKING] ?? 0) / debt;
    this.#shares[3 * at + 1] = (parts[MOVED_BACKING] ?? 0) / debt;
    this.#shares[3 * at + 2] = (parts[MOVED_DEBT] ?? 0) / debt;
    this.#length += 1;
  }

  sorted(): SortedRows {
    const { keys, values } = sortByKey(this.#keys.slice(0, this.#length));
    const rows = values.map((at) => this.#rows[at] ?? 0);
    const shares = new Float32Array(3 * this.#length);
    for (const [place, at] of values.entries()) {
      for (let part = 0; part < 3; part++) shares[3 * place + part] = this.#shares[3 * at + part] ?? 0;
    }
    return { keys, rows, shares };
  }
}

/** The first place whose key is above: where a suffix of candidates begins. */
export function firstAbove(keys: Float32Array, change: number): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? 0) > change) high = middle;
    else low = middle + 1;
  }
  return low;
}
