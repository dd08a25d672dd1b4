import type { Address } from '../hex.ts';
import {
  type AccountTable,
  AccountTableBuilder,
  addressAt,
  columnsOf,
  type Entry,
  entryAt,
} from './account-table.ts';
import { addressIndex, type RowOf } from './address-index.ts';
import { changedBetween } from './changed.ts';
import type { FeedColumns } from './drift.ts';
import { candidateRows, isFresh, type PriceIndex, priceIndexOf, type Rows } from './price-index.ts';
import type { Valuation } from './valuation.ts';

/**
 * Every account worth watching, at one block. A value: a block's changes make a new one, which shares with the
 * old all but those accounts, so that a reorganisation is answered by going back to the value of its ancestor.
 */
export interface Watchlist {
  readonly size: number;
  /** Every column that is in use. */
  readonly columns: readonly number[];
  entry(address: Address): Entry | undefined;
  /** All of them, in no particular order. */
  entries(): Iterable<Entry>;
  /**
   * Never fewer than the accounts that hold what the feed moves and are liquidatable at this valuation; others
   * among them are within rounding of it.
   */
  candidates(feed: WatchedFeed, now: Valuation): readonly Entry[];
  /** With these entries in place of those of the same address; an entry without holdings is taken off the list. */
  withChanges(changed: readonly Entry[]): Watchlist;
  /** With an index for each of these feeds, renewed where it has drifted: for the time between races. */
  prepared(feeds: readonly WatchedFeed[], now: Valuation): Watchlist;
  /** Without what `prepared` made: slower to ask, smaller to keep. */
  unprepared(): Watchlist;
  /** All accounts as one table. */
  table(): AccountTable;
  /** Accounts of which the two say different things, those that only one of them has included. */
  changedSince(earlier: Watchlist): readonly Address[];
  /** Some of the accounts by their place, beginning anew after the last. */
  sample(from: number, count: number): readonly Address[];
  /** What it is made of: shared with the lists that it came from. */
  readonly layers: Layers;
}

export interface Layers {
  readonly base: AccountTable;
  readonly changes: AccountTable;
  /** Rows of the base that do not count any more. */
  readonly hidden: ReadonlySet<number>;
}

export interface WatchedFeed extends FeedColumns {
  readonly aggregator: Address;
}

/** Changed accounts are looked at one by one until they are this many, or this share of all. */
const MOST_CHANGED = 512;
const MOST_CHANGED_SHARE = 1 / 64;

export function watchlistOf(entries: Iterable<Entry>): Watchlist {
  const builder = new AccountTableBuilder();
  for (const entry of entries) if (entry.holdings.length > 0) builder.add(entry);
  return watchlistOfTable(builder.build());
}

export function watchlistOfTable(table: AccountTable): Watchlist {
  return layered(
    { ...searchable(table), indexes: new Map() },
    { ...searchable(new AccountTableBuilder(0).build()), hidden: new Set() },
  );
}

interface Searchable extends Rows {
  readonly rowOf: RowOf;
}

const searchable = (table: AccountTable): Searchable => ({
  table,
  rowOf: addressIndex(table),
  columns: columnsOf(table),
});

/** Most accounts, with what is worth computing once. */
interface Base extends Searchable {
  readonly indexes: ReadonlyMap<Address, PriceIndex>;
}

/** What has changed since the base was built. */
interface Changes extends Searchable {
  /** Rows of the base that do not count any more. */
  readonly hidden: ReadonlySet<number>;
}

function layered(base: Base, changes: Changes): Watchlist {
  const size = base.table.size - changes.hidden.size + changes.table.size;

  function entry(address: Address): Entry | undefined {
    const changed = changes.rowOf(address);
    if (changed !== undefined) return entryAt(changes.table, changed);
    const row = base.rowOf(address);
    return row === undefined || changes.hidden.has(row) ? undefined : entryAt(base.table, row);
  }

  const list: Watchlist = {
    size,
    layers: { base: base.table, changes: changes.table, hidden: changes.hidden },
    columns: [...new Set([...base.columns, ...changes.columns])],
    entry,
    *entries() {
      for (let row = 0; row < base.table.size; row++) {
        if (!changes.hidden.has(row)) yield entryAt(base.table, row);
      }
      for (let row = 0; row < changes.table.size; row++) yield entryAt(changes.table, row);
    },
    candidates(feed, now) {
      const index = base.indexes.get(feed.aggregator);
      const rows = candidateRows(base, feed, now, index).filter((row) => !changes.hidden.has(row));
      const changed = candidateRows(changes, feed, now, undefined);
      return [
        ...rows.map((row) => entryAt(base.table, row)),
        ...changed.map((row) => entryAt(changes.table, row)),
      ];
    },
    withChanges(changed) {
      if (changed.length === 0) return layered(base, changes);
      const next = changesWith(base, changes, changed);
      const most = Math.max(MOST_CHANGED, base.table.size * MOST_CHANGED_SHARE);
      return next.table.size + next.hidden.size <= 2 * most
        ? layered(base, next)
        : watchlistOfTable(merged(base.table, next));
    },
    prepared(feeds, now) {
      const indexes = feeds.map((feed) => [feed.aggregator, preparedIndex(base, feed, now)] as const);
      return layered({ ...base, indexes: new Map(indexes) }, changes);
    },
    unprepared: () => layered({ ...base, indexes: new Map() }, changes),
    table: () => merged(base.table, changes),
    changedSince: (earlier) => changedBetween(earlier, list),
    sample(from, count) {
      const [all, some] = [base.table.size, Math.min(count, base.table.size)];
      const rows = Array.from({ length: some }, (_, place) => (from + place) % all);
      return [
        ...rows.filter((row) => !changes.hidden.has(row)).map((row) => addressAt(base.table, row)),
        ...Array.from({ length: changes.table.size }, (_, row) => addressAt(changes.table, row)).slice(
          -count,
        ),
      ];
    },
  };
  return list;
}

function preparedIndex(base: Base, feed: WatchedFeed, now: Valuation): PriceIndex {
  const index = base.indexes.get(feed.aggregator);
  return index && isFresh(index, feed, now) ? index : priceIndexOf(base, feed, now, index);
}

function changesWith(base: Base, changes: Changes, changed: readonly Entry[]): Changes {
  const newest = new Map(changed.map((entry) => [entry.address, entry]));
  const hidden = new Set(changes.hidden);
  const replaced = new Set<number>();
  for (const address of newest.keys()) {
    const row = base.rowOf(address);
    if (row !== undefined) hidden.add(row);
    const earlier = changes.rowOf(address);
    if (earlier !== undefined) replaced.add(earlier);
  }
  const builder = new AccountTableBuilder(changes.table.size + newest.size);
  addAllBut(builder, changes.table, replaced);
  for (const entry of newest.values()) if (entry.holdings.length > 0) builder.add(entry);
  return { ...searchable(builder.build()), hidden };
}

function merged(table: AccountTable, changes: Changes): AccountTable {
  if (changes.hidden.size === 0 && changes.table.size === 0) return table;
  const size = table.size + changes.table.size;
  const builder = new AccountTableBuilder(size, table.slots.length + changes.table.slots.length);
  addAllBut(builder, table, changes.hidden);
  builder.addRows(changes.table, 0, changes.table.size);
  return builder.build();
}

/** Copies in runs: what lies between two rows that are left out goes as a whole. */
function addAllBut(builder: AccountTableBuilder, table: AccountTable, leftOut: ReadonlySet<number>): void {
  let from = 0;
  for (const row of Uint32Array.from(leftOut).sort()) {
    builder.addRows(table, from, row);
    from = row + 1;
  }
  builder.addRows(table, from, table.size);
}
