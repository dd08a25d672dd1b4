import { type AccountTable, amountAsNumber, DEBT, groupOf } from './account-table.ts';

/**
 * What one unit of each column counts for, in floating point, at one moment: a collateral weighted by its
 * threshold, a debt in full. All that an update, a block's interest or a change of configuration does to
 * accounts it does here; no account is touched.
 */
export interface Valuation {
  /** By column, within 2^-45 of the exact rational. */
  readonly unitValues: Float64Array;
  /** By column: more than the contract's roundings can take from, or add to, one holding's value. */
  readonly slops: Float64Array;
  /** By how much less than the sum of its parts the protocol may count a backing; 0 where it does not round it. */
  readonly backingLoss: number;
}

/** The value of one column. */
export interface Unit {
  readonly value: number;
  readonly slop: number;
}

export function valuationOf(
  columns: Iterable<number>,
  unitOf: (column: number) => Unit,
  backingLoss: number,
): Valuation {
  const wanted = [...columns];
  const length = (1 + wanted.reduce((most, column) => Math.max(most, groupOf(column)), 0)) << 8;
  const unitValues = new Float64Array(length);
  const slops = new Float64Array(length);
  for (const column of wanted) {
    const { value, slop } = unitOf(column);
    unitValues[column] = value;
    slops[column] = slop;
  }
  return { unitValues, slops, backingLoss };
}

/**
 * Never `false` for an account that the protocol calls liquidatable; `true` for a healthy one only within the
 * roundings of health factor 1.
 *
 * Let a holding's amount be a, its column's exact unit value u and slop s. The contract's value v of a
 * collateral is at least max(0, a·u − s), that of a debt at most a·u + s, and the account is liquidatable only
 * if B(1 − loss) < D with B ≥ Σ max(0, a·u − s) and D ≤ Σ (a·u + s). In floating point each a is within 2^-51,
 * each u within 2^-45, each product, difference and sum (at most 255 of them) within 2^-53 of its operands; all
 * terms of a sum have one sign, so the two sums are within 2^-45 + 2^-51 + 257·2^-53 < 2^-43 of what they
 * stand for, relative to their parts before s is taken off. What that leaves of a difference is covered by s
 * itself, which is given 2^-20 too large. Hence liquidatable implies b(1 − loss)(1 − 2^-42) < d(1 + 2^-42),
 * and ROUNDING = 2^-40 is wider than both margins together.
 */
export function mayBeLiquidatable(table: AccountTable, row: number, valuation: Valuation): boolean {
  const { unitValues, slops, backingLoss } = valuation;
  const group = (table.groups[row] ?? 0) << 8;
  let backing = 0;
  let debt = 0;
  for (let holding = table.starts[row] ?? 0; holding < (table.starts[row + 1] ?? 0); holding++) {
    const slot = table.slots[holding] ?? 0;
    const value = amountAsNumber(table, holding) * (unitValues[group | slot] ?? 0);
    const slop = slops[group | slot] ?? 0;
    if (slot >= DEBT) debt += value + slop;
    else if (value > slop) backing += value - slop;
  }
  return backing * (1 - backingLoss) * (1 - ROUNDING) < debt;
}

export const ROUNDING = 2 ** -40;
/** For whoever computes slops: a factor that covers the floating point of the slop itself. */
export const SLOP_MARGIN = 1 + 2 ** -20;
