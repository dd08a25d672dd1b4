import { type AccountTable, amountAsNumber, DEBT, isDebt, itemAt } from './account-table.ts';
import { sortByKey } from './radix-sort.ts';
import { mayBeLiquidatable, type Valuation } from './valuation.ts';

/** A price feed, as a table knows it: the columns whose value it moves. */
export interface FeedColumns {
  moves(column: number): boolean;
}

/** A table and every column that is in use there. */
export interface Rows {
  readonly table: AccountTable;
  readonly columns: Uint16Array;
}

/**
 * The rows that hold what one feed moves, by the change of its price at which they turn, as of a reference.
 *
 * Let backing and debt of a row be N⁺ + f·M⁺ and N⁻ + f·M⁻ at the reference, M what the feed moves, once its
 * price is f times what it was there. Later every value has drifted: by interest, other prices, thresholds.
 * With each collateral at least c and each debt at most d times its reference (the moved ones: c·f, d·f), the
 * row is liquidatable only if c(N⁺ + f·M⁺) < d(N⁻ + f·M⁻). So it is sorted at the f where that holds with
 * equality for d/c = SLACK, and the index answers as long as d/c stays below: f < (h·N⁻ − N⁺)/(M⁺ − h·M⁻)
 * where the divisor is positive, f > where it is negative.
 */
export interface PriceIndex {
  /** Liquidatable below the key. Ascending. */
  readonly below: SortedRows;
  readonly above: SortedRows;
  readonly reference: Valuation;
  /** In use when it was built, and whether the feed moved them. */
  readonly columns: Uint16Array;
  readonly isMoved: Uint8Array;
}

interface SortedRows {
  readonly keys: Float32Array;
  readonly rows: Uint32Array;
}

/** 1 %: weeks of interest, or a handful of blocks of other prices; wider finds more rows that are healthy. */
const SLACK = 1.01;
/** A feed that falls, or anything else that shrinks, by more than this is answered by looking at every row. */
const LEAST_CHANGE = 2 ** -9;
/** A slop has parts that do not shrink with the value: at the reference it is taken this much larger. */
const referenceSlop = (slop: number): number => 2 * slop + 8 / LEAST_CHANGE;

export function priceIndexOf({ table, columns }: Rows, feed: FeedColumns, reference: Valuation): PriceIndex {
  const isMoved = movedColumns(columns, feed, reference);
  const [below, above] = [new KeyedRows(), new KeyedRows()];
  const parts = new Float64Array(4);
  for (let row = 0; row < table.size; row++) {
    if (!sumParts(table, row, reference, isMoved, parts)) continue;
    const rise = itemAt(parts, MOVED_BACKING) - H * itemAt(parts, MOVED_DEBT);
    const lack = H * itemAt(parts, OTHER_DEBT) - itemAt(parts, OTHER_BACKING);
    if (rise > 0 && lack > LEAST_CHANGE * rise) below.add((lack / rise) * (1 + KEY_ROUNDING), row);
    else if (rise < 0) above.add(Math.max(0, (lack / rise) * (1 - KEY_ROUNDING)), row);
    else if (rise === 0 && lack > 0) below.add(Number.POSITIVE_INFINITY, row);
  }
  return { below: below.sorted(), above: above.sorted(), reference, columns, isMoved };
}

/**
 * The rows that may be liquidatable at this valuation and hold what the feed moves, ascending: by the index where
 * it still answers, else by looking at each.
 */
export function candidateRows(
  { table, columns }: Rows,
  feed: FeedColumns,
  now: Valuation,
  index: PriceIndex | undefined,
): readonly number[] {
  const change = index && answerableChange(index, feed, now);
  if (index === undefined || change === undefined) return scannedRows({ table, columns }, feed, now);
  const found: number[] = [];
  const { below, above } = index;
  for (let place = firstAbove(below.keys, change); place < below.rows.length; place++) {
    pushIfCandidate(found, table, itemAt(below.rows, place), now);
  }
  for (let place = 0; place < above.rows.length && itemAt(above.keys, place) < change; place++) {
    pushIfCandidate(found, table, itemAt(above.rows, place), now);
  }
  return found.sort((one, other) => one - other);
}

/** Whether the index would still answer after drifting as much again as it has. */
export function isFresh(index: PriceIndex, feed: FeedColumns, now: Valuation): boolean {
  const drift = driftSince(index, feed, now);
  return drift !== undefined && slackOf(drift, drift.middle, now) ** 2 < SLACK;
}

function scannedRows({ table, columns }: Rows, feed: FeedColumns, now: Valuation): readonly number[] {
  const isMoved = movedColumns(columns, feed, now);
  const found: number[] = [];
  for (let row = 0; row < table.size; row++) {
    if (holdsMoved(table, row, isMoved)) pushIfCandidate(found, table, row, now);
  }
  return found;
}

function movedColumns(columns: Uint16Array, feed: FeedColumns, { unitValues }: Valuation): Uint8Array {
  const isMoved = new Uint8Array(unitValues.length);
  for (const column of columns) if (feed.moves(column)) isMoved[column] = 1;
  return isMoved;
}

function pushIfCandidate(found: number[], table: AccountTable, row: number, now: Valuation): void {
  if (mayBeLiquidatable(table, row, now)) found.push(row);
}

function holdsMoved({ groups, starts, slots }: AccountTable, row: number, isMoved: Uint8Array): boolean {
  const group = itemAt(groups, row) << 8;
  for (let holding = itemAt(starts, row); holding < itemAt(starts, row + 1); holding++) {
    if (isMoved[group | itemAt(slots, holding)] === 1) return true;
  }
  return false;
}

// ── Drift ───────────────────────────────────────────────────────────────────────────────────────────────

/** Least ratio of collateral columns, and largest of debt columns, to the reference. */
interface Drift {
  readonly backing: number;
  readonly debt: number;
  readonly movedBacking: number;
  readonly movedDebt: number;
  /** The moved ones' change, as one number. */
  readonly middle: number;
}

/** The change of the feed's price at which to ask the index; `undefined` where it does not answer any more. */
function answerableChange(index: PriceIndex, feed: FeedColumns, now: Valuation): number | undefined {
  const drift = driftSince(index, feed, now);
  if (drift === undefined) return undefined;
  return slackOf(drift, drift.middle, now) * (1 + KEY_ROUNDING) <= SLACK ? drift.middle : undefined;
}

function slackOf(drift: Drift, change: number, { backingLoss }: Valuation): number {
  const debt = Math.max(drift.debt, drift.movedDebt / change);
  const backing = Math.min(drift.backing, drift.movedBacking / change);
  return debt / (backing * (1 - backingLoss));
}

/** `undefined` where a column has no ratio to its reference, or shrank too far, or the feed moves others now. */
function driftSince(index: PriceIndex, feed: FeedColumns, now: Valuation): Drift | undefined {
  let [backing, debt, movedBacking, movedDebt] = [1, 1, Number.POSITIVE_INFINITY, 0];
  for (const column of index.columns) {
    const isMoved = index.isMoved[column] === 1;
    if (feed.moves(column) !== isMoved) return undefined;
    const ratio = ratioOf(index.reference, now, column);
    if (ratio === 'countsForNothing') continue;
    if (ratio === undefined) return undefined;
    if (isDebt(column)) {
      if (isMoved) movedDebt = Math.max(movedDebt, ratio);
      else debt = Math.max(debt, ratio);
    } else if (isMoved) movedBacking = Math.min(movedBacking, ratio);
    else backing = Math.min(backing, ratio);
  }
  return { backing, debt, movedBacking, movedDebt, middle: middleOf(movedBacking, movedDebt) };
}

function middleOf(movedBacking: number, movedDebt: number): number {
  if (movedBacking === Number.POSITIVE_INFINITY) return movedDebt === 0 ? 1 : movedDebt;
  return movedDebt === 0 ? movedBacking : Math.sqrt(movedBacking * movedDebt);
}

/** The column's value over its reference; also sees to it that its slop has grown no faster. */
function ratioOf(
  reference: Valuation,
  now: Valuation,
  column: number,
): number | undefined | 'countsForNothing' {
  const [before, after] = [itemAt(reference.unitValues, column), itemAt(now.unitValues, column)];
  // A backing that counted for nothing can only have gained; a debt that did is not in the keys.
  if (before === 0) return isDebt(column) && after > 0 ? undefined : 'countsForNothing';
  const ratio = after / before;
  const slop = referenceSlop(itemAt(reference.slops, column));
  return ratio > LEAST_CHANGE && itemAt(now.slops, column) <= ratio * slop ? ratio : undefined;
}

// ── Keys ────────────────────────────────────────────────────────────────────────────────────────────────

/** Wider than all rounding of the sums below, so that it never decides. */
const H = SLACK * (1 + 2 ** -30);
/** Of a key to 24 bits, and of the ratios that it is compared with. */
const KEY_ROUNDING = 2 ** -22;

const OTHER_BACKING = 0;
const MOVED_BACKING = 1;
const OTHER_DEBT = 2;
const MOVED_DEBT = 3;

/** N⁺, M⁺, N⁻ and M⁻ of a row, each slop at its most; `false` where the row holds nothing that is moved. */
function sumParts(
  table: AccountTable,
  row: number,
  { unitValues, slops }: Valuation,
  isMoved: Uint8Array,
  parts: Float64Array,
): boolean {
  parts.fill(0);
  let isAffected = false;
  const group = itemAt(table.groups, row) << 8;
  for (let holding = itemAt(table.starts, row); holding < itemAt(table.starts, row + 1); holding++) {
    const slot = itemAt(table.slots, holding);
    const column = group | slot;
    const value = amountAsNumber(table, holding) * itemAt(unitValues, column);
    const slop = referenceSlop(itemAt(slops, column));
    const moved = itemAt(isMoved, column);
    const part = (slot >= DEBT ? OTHER_DEBT : OTHER_BACKING) + moved;
    parts[part] = itemAt(parts, part) + (slot >= DEBT ? value + slop : Math.max(0, value - slop));
    isAffected ||= moved === 1;
  }
  return isAffected;
}

/** Rows to be sorted, in buffers that grow. */
class KeyedRows {
  #keys = new Float32Array(1024);
  #rows = new Uint32Array(1024);
  #length = 0;

  add(key: number, row: number): void {
    if (this.#length === this.#keys.length) {
      const [keys, rows] = [this.#keys, this.#rows];
      this.#keys = new Float32Array(2 * this.#length);
      this.#rows = new Uint32Array(2 * this.#length);
      this.#keys.set(keys);
      this.#rows.set(rows);
    }
    this.#keys[this.#length] = key;
    this.#rows[this.#length] = row;
    this.#length += 1;
  }

  sorted(): SortedRows {
    return sortByKey(this.#keys.slice(0, this.#length), this.#rows.slice(0, this.#length));
  }
}

/** The first place whose key is above: where a suffix of candidates begins. */
function firstAbove(keys: Float32Array, change: number): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (itemAt(keys, middle) > change) high = middle;
    else low = middle + 1;
  }
  return low;
}
