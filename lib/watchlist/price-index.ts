import type { AccountTable } from './account-table.ts';
import { driftSince, type FeedColumns, LEAST_CHANGE, type Reference, slackOf } from './drift.ts';
import {
  firstAbove,
  KeyedRows,
  MOVED_BACKING,
  MOVED_DEBT,
  OTHER_BACKING,
  OTHER_DEBT,
  type SortedRows,
  sumParts,
} from './sorted-rows.ts';
import { mayBeLiquidatable, type Valuation } from './valuation.ts';

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
export interface PriceIndex extends Reference {
  /** All rows that hold what the feed moves. */
  readonly holders: Uint32Array;
  /** Liquidatable below the key. Ascending. */
  readonly below: SortedRows;
  readonly above: SortedRows;
}

/** 1 %: weeks of interest, or a handful of blocks of other prices; wider finds more rows that are healthy. */
const SLACK = 1.01;
/** For what the next update itself brings. */
const SPARE = 1.002;
/** Wider than all rounding of the sums below, so that it never decides. */
const H = SLACK * (1 + 2 ** -30);
/** Of a key to 24 bits, and of the ratios that it is compared with. */
const KEY_ROUNDING = 2 ** -22;

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
