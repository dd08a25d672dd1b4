import type { Address } from '../hex.ts';
import { type AccountTable, addressAt, type Entry } from './account-table.ts';

/** A list as far as a comparison looks at it. */
interface Comparable {
  readonly layers: {
    readonly base: AccountTable;
    readonly changes: AccountTable;
    readonly hidden: ReadonlySet<number>;
  };
  entry(address: Address): Entry | undefined;
}

/** Lists that came from each other share most rows, which are not looked at. */
export function changedBetween(earlier: Comparable, later: Comparable): readonly Address[] {
  const { layers: one } = earlier;
  const { layers: other } = later;
  const bases =
    one.base === other.base
      ? [
          ...addressesAt(one.base, one.hidden.difference(other.hidden)),
          ...addressesAt(one.base, other.hidden.difference(one.hidden)),
        ]
      : [...addressesOf(one.base), ...addressesOf(other.base)];
  const suspects = new Set([...bases, ...addressesOf(one.changes), ...addressesOf(other.changes)]);
  return [...suspects].filter((address) => !isSame(earlier.entry(address), later.entry(address)));
}

const addressesAt = (table: AccountTable, rows: ReadonlySet<number>): readonly Address[] =>
  [...rows].map((row) => addressAt(table, row));

const addressesOf = (table: AccountTable): readonly Address[] =>
  Array.from({ length: table.size }, (_, row) => addressAt(table, row));

function isSame(one: Entry | undefined, other: Entry | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  if (one.group !== other.group || one.holdings.length !== other.holdings.length) return false;
  return one.holdings.every(({ slot, amount }, index) => {
    const held = other.holdings[index];
    return held?.slot === slot && held.amount === amount;
  });
}
