import { groupName } from '../ledger/group-name.ts';
import { isoSeconds } from '../ledger/key.ts';
import type { Line } from '../ledger/line.ts';
import { DAY_SECONDS, dayOf } from '../ledger/read-days.ts';
import type { OpportunitiesAnswer, OpportunityRow, RangeAnswer } from './answers.ts';
import { type Days, type ReadDay, startOf } from './days.ts';

export interface OpportunityQuestion {
  /** In any text of the row; empty: everything. */
  readonly search: string;
  /** A result, a reason, `quiet` for updates that opened nothing, or empty for all but those. */
  readonly outcome: string;
  /** `<day>/<lines of that day to pass over>`, as an answer gave it. */
  readonly cursor: string | undefined;
  readonly size: number;
}

/** One page reads no more days than this: a search for what does not exist ends. */
const DAYS_A_PAGE = 10;

/** Lines that match, the newest first. */
export async function readOpportunities(
  days: Days,
  range: RangeAnswer,
  question: OpportunityQuestion,
): Promise<OpportunitiesAnswer> {
  const rows: OpportunityRow[] = [];
  let { day, skip } = positionOf(question.cursor, range);
  for (let read = 0; day >= range.fromDay; read += 1) {
    if (read === DAYS_A_PAGE) return { rows, next: `${day}/0`, searchedToDay: dayAfter(day) };
    const found = await days.read(day);
    const matching = rowsOf(found, question);
    const page = matching.slice(skip, skip + question.size - rows.length);
    rows.push(...page);
    if (skip + page.length < matching.length)
      return { rows, next: `${day}/${skip + page.length}`, searchedToDay: day };
    day = dayOf(startOf(day) - DAY_SECONDS);
    skip = 0;
  }
  return { rows, searchedToDay: range.fromDay };
}

const dayAfter = (day: string): string => dayOf(startOf(day) + DAY_SECONDS);

function positionOf(cursor: string | undefined, range: RangeAnswer) {
  const [, day, skip] = /^(\d{4}-\d{2}-\d{2})\/(\d{1,7})$/.exec(cursor ?? '') ?? [];
  if (day === undefined || !(day >= range.fromDay && day <= range.toDay))
    return { day: range.toDay, skip: 0 };
  return { day, skip: Number(skip) };
}

function rowsOf(
  { lines, sum }: ReadDay,
  { search, outcome }: OpportunityQuestion,
): readonly OpportunityRow[] {
  const wanted = search.trim().toLowerCase();
  const rows = lines.filter((line) => hasOutcome(line, outcome)).map((line) => rowOf(line, sum.tokens));
  return wanted === ''
    ? rows
    : rows.filter((row) => Object.values(row).some((text) => String(text).toLowerCase().includes(wanted)));
}

function hasOutcome({ result, reason }: Line, outcome: string): boolean {
  const isQuiet = reason === 'opensNothing';
  if (outcome === 'quiet') return isQuiet;
  return outcome === '' ? !isQuiet : outcome === result || outcome === reason;
}

function rowOf(line: Line, tokens: ReadDay['sum']['tokens']): OpportunityRow {
  const { collateralAsset, debtAsset, builder, amounts, offeredBidWei, rival } = line;
  const pair = collateralAsset && debtAsset ? `${collateralAsset}/${debtAsset}` : '';
  return {
    updateId: line.updateId,
    at: isoSeconds(line.updateAtSeconds),
    feed: line.feed ?? '',
    result: line.result,
    reason: line.reason ?? '',
    protocol: line.protocol ?? '',
    borrower: line.borrower ?? '',
    pair: pair && groupName('pair', pair, tokens),
    builder: builder?.name ?? builder?.feeRecipient ?? '',
    trigger: line.trigger ?? '',
    netProfitWei: `${amounts.netProfitWei}`,
    missedProfitWei: `${amounts.missedProfitWei}`,
    ...(offeredBidWei !== undefined && { offeredBidWei: `${offeredBidWei}` }),
    ...(rival?.paymentWei !== undefined && { rivalPaidWei: `${rival.paymentWei}` }),
    ...(line.ownTransactionHash && { transaction: line.ownTransactionHash }),
  };
}
