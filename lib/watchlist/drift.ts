import { isDebt } from './account-table.ts';
import type { Valuation } from './valuation.ts';

/** A price feed, as a table knows it: the columns whose value it moves. */
export interface FeedColumns {
  moves(column: number): boolean;
}

/** What an index was built from. */
export interface Reference {
  readonly reference: Valuation;
  /** In use then, and whether the feed moved them. */
  readonly columns: Uint16Array;
  readonly isMoved: Uint8Array;
}

/** A feed that falls, or anything else that shrinks, by more than this is answered by looking at every row. */
export const LEAST_CHANGE = 2 ** -9;
/** A slop has parts that do not shrink with the value: at the reference it is taken this much larger. */
export const referenceSlop = (slop: number): number => 2 * slop + 8 / LEAST_CHANGE;
/** Least ratio of collateral columns, and largest of debt columns, to the reference. */
export interface Drift {
  readonly backing: number;
  readonly debt: number;
  readonly movedBacking: number;
  readonly movedDebt: number;
  /** The moved ones' change, as one number. */
  readonly middle: number;
}

export function slackOf(drift: Drift, change: number, { backingLoss }: Valuation): number {
  const debt = Math.max(drift.debt, drift.movedDebt / change);
  const backing = Math.min(drift.backing, drift.movedBacking / change);
  return debt / (backing * (1 - backingLoss));
}

/** `undefined` where a column has no ratio to its reference, or shrank too far, or the feed moves others now. */
export function driftSince(index: Reference, feed: FeedColumns, now: Valuation): Drift | undefined {
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
