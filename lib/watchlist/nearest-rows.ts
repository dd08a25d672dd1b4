import { type AccountTable, amountAsNumber, DEBT } from './account-table.ts';
import type { Valuation } from './valuation.ts';

/**
 * The rows with the least backing for their debt, least first, in floating point: to be looked at, never to be
 * acted on. Rows without any backing, of which nothing can be had, and those that owe less than `leastDebt` in the
 * valuation's units are left out.
 */
export function nearestRows(
  table: AccountTable,
  valuation: Valuation,
  count: number,
  leastDebt: number,
): readonly number[] {
  const nearest: { readonly row: number; readonly ratio: number }[] = [];
  for (let row = 0; row < table.size; row++) {
    const ratio = coverage(table, row, valuation, leastDebt);
    const last = nearest.length < count ? Number.POSITIVE_INFINITY : (nearest.at(-1)?.ratio ?? 0);
    if (!(ratio < last)) continue;
    const place = nearest.findIndex((one) => one.ratio > ratio);
    nearest.splice(place < 0 ? nearest.length : place, 0, { row, ratio });
    nearest.length = Math.min(nearest.length, count);
  }
  return nearest.map(({ row }) => row);
}

/** Backing over debt; infinite for what is left out. */
function coverage(table: AccountTable, row: number, { unitValues }: Valuation, leastDebt: number): number {
  const group = (table.groups[row] ?? 0) << 8;
  let backing = 0;
  let debt = 0;
  for (let holding = table.starts[row] ?? 0; holding < (table.starts[row + 1] ?? 0); holding++) {
    const slot = table.slots[holding] ?? 0;
    const value = amountAsNumber(table, holding) * (unitValues[group | slot] ?? 0);
    if (slot >= DEBT) debt += value;
    else backing += value;
  }
  return backing > 0 && debt >= leastDebt ? backing / debt : Number.POSITIVE_INFINITY;
}
