import { type AccountTable, amountAsNumber, DEBT, isDebt } from './account-table.ts';
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
  /** All rows that hold what the feed moves. */
  readonly holders: Uint32Array;
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
  /** N⁺, M⁺ and M⁻ of each row as shares of its N⁻ + M⁻: side by side in the order in which they are searched. */
  readonly shares: Float32Array;
}

/** 1 %: weeks of interest, or a handful of blocks of other prices; wider finds more rows that are healthy. */
const SLACK = 1.01;
const SPARE = 1.002;
/** A feed that falls, or anything else that shrinks, by more than this is answered by looking at every row. */
const LEAST_CHANGE = 2 ** -9;
/** A slop has parts that do not shrink with the value: at the reference it is taken this much larger. */
const referenceSlop = (slop: number): number => 2 * slop + 8 / LEAST_CHANGE;

/** @param earlier of the same rows: who holds what the feed moves is looked up once */
export function priceIndexOf(
  { table, columns }: Rows,
  feed: FeedColumns,
  reference: Valuation,
  earlier?: PriceIndex,
): PriceIndex {
  const isMoved = movedColumns(columns, feed);
  const known = earlier && columns.every((column) => earlier.isMoved[column] === isMoved[column]);
  const holders = known ? earlier.holders : holdersOf(table, isMoved);
  const [below, above] = [new KeyedRows(holders.length), new KeyedRows(holders.length)];
  const parts = new Float64Array(4);
  for (const row of holders) {
    sumParts(table, row, reference, isMoved, parts);
    const rise = (parts[MOVED_BACKING] ?? 0) - H * (parts[MOVED_DEBT] ?? 0);
    const lack = H * (parts[OTHER_DEBT] ?? 0) - (parts[OTHER_BACKING] ?? 0);
    if (rise > 0 && lack > LEAST_CHANGE * rise) below.add((lack / rise) * (1 + KEY_ROUNDING), row, parts);
    else if (rise < 0) above.add(Math.max(0, (lack / rise) * (1 - KEY_ROUNDING)), row, parts);
    else if (rise === 0 && lack > 0) below.add(Number.POSITIVE_INFINITY, row, parts);
  }
  return { holders, below: below.sorted(), above: above.sorted(), reference, columns, isMoved };
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
  const found: number[] = [];
  const question = index && questionTo(index, feed, now);
  if (index === undefined || question === undefined) {
    for (const row of holdersOf(table, movedColumns(columns, feed))) pushIfCandidate(found, table, row, now);
    return found;
  }
  const { below, above } = index;
  for (let place = firstAbove(below.keys, question.change); place < below.rows.length; place++) {
    if (isNear(below, place, question)) pushIfCandidate(found, table, below.rows[place] ?? 0, now);
  }
  for (let place = 0; place < above.rows.length && (above.keys[place] ?? 0) < question.change; place++) {
    if (isNear(above, place, question)) pushIfCandidate(found, table, above.rows[place] ?? 0, now);
  }
  return found.sort((one, other) => one - other);
}

/** Whether the index still answers with some drift to spare: for what the next update itself brings. */
export function isFresh(index: PriceIndex, feed: FeedColumns, now: Valuation): boolean {
  const drift = driftSince(index, feed, now);
  return drift !== undefined && slackOf(drift, drift.middle, now) * SPARE < SLACK;
}

function movedColumns(columns: Uint16Array, feed: FeedColumns): Uint8Array {
  const isMoved = new Uint8Array((1 + (columns.at(-1) ?? 0)) | 255);
  for (const column of columns) if (feed.moves(column)) isMoved[column] = 1;
  return isMoved;
}

function holdersOf({ size, groups, starts, slots }: AccountTable, isMoved: Uint8Array): Uint32Array {
  const holders: number[] = [];
  for (let row = 0, holding = 0; row < size; row++) {
    const group = (groups[row] ?? 0) << 8;
    const end = starts[row + 1] ?? 0;
    let isHolder = false;
    for (; holding < end; holding++) isHolder ||= isMoved[group | (slots[holding] ?? 0)] === 1;
    if (isHolder) holders.push(row);
  }
  return Uint32Array.from(holders);
}

function pushIfCandidate(found: number[], table: AccountTable, row: number, now: Valuation): void {
  if (mayBeLiquidatable(table, row, now)) found.push(row);
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

interface Question {
  /** f: of the feed's price since the reference. */
  readonly change: number;
  /** d/c: how far all else has really drifted. */
  readonly slack: number;
}

/** `undefined` where the index does not answer any more. */
function questionTo(index: PriceIndex, feed: FeedColumns, now: Valuation): Question | undefined {
  const drift = driftSince(index, feed, now);
  if (drift === undefined) return undefined;
  const slack = slackOf(drift, drift.middle, now) * (1 + KEY_ROUNDING);
  return slack <= SLACK ? { change: drift.middle, slack } : undefined;
}

/**
 * The index's own condition with the drift that there really was, so that most rows between that and SLACK are
 * told from memory that lies side by side. Each share is within 2^-24 of itself and N⁻ = 1 − M⁻ within 2^-24 of
 * 1; with f between 1/8 and 8 the debt is at least 1/8, so that both sums are within 2^-17 of what they stand
 * for.
 */
function isNear({ shares }: SortedRows, place: number, { change, slack }: Question): boolean {
  if (change < 1 / 8 || change > 8) return true;
  const [otherBacking, movedBacking, movedDebt] = [
    shares[3 * place] ?? 0,
    shares[3 * place + 1] ?? 0,
    shares[3 * place + 2] ?? 0,
  ];
  const backing = otherBacking + change * movedBacking;
  return backing < slack * (1 + 2 ** -15) * (1 - movedDebt + change * movedDebt);
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
  const [before, after] = [reference.unitValues[column] ?? 0, now.unitValues[column] ?? 0];
  // A backing that counted for nothing can only have gained; a debt that did is not in the keys.
  if (before === 0) return isDebt(column) && after > 0 ? undefined : 'countsForNothing';
  const ratio = after / before;
  const slop = referenceSlop(reference.slops[column] ?? 0);
  return ratio > LEAST_CHANGE && (now.slops[column] ?? 0) <= ratio * slop ? ratio : undefined;
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

/** N⁺, M⁺, N⁻ and M⁻ of a row, each slop at its most. */
function sumParts(
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
class KeyedRows {
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
function firstAbove(keys: Float32Array, change: number): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? 0) > change) high = middle;
    else low = middle + 1;
  }
  return low;
}
