import type { DayStore } from '../ledger/day-store.ts';
import { DAY_SECONDS, dayOf } from '../ledger/read-days.ts';
import type { RangeAnswer } from './answers.ts';

/** What the page can ask for, in days. */
export const RANGES: Readonly<Record<string, number>> = {
  '1d': 1,
  '7d': 7,
  '30d': 30,
  '90d': 90,
  '365d': 365,
};

/** Whole UTC days up to today; where the newest bundle is older than that, up to its day. */
export async function readRange(
  name: string,
  store: Pick<DayStore, 'newestBundleSeconds'>,
  chainIds: readonly number[],
  nowMs: number,
): Promise<RangeAnswer> {
  const length = RANGES[name] ?? 30;
  const today = rangeUpTo(nowMs / 1_000, length, false);
  const newest = await Promise.all(chainIds.map((chainId) => store.newestBundleSeconds(chainId)));
  const known = newest.flatMap((seconds) => seconds ?? []);
  const last = known.length === 0 ? undefined : Math.max(...known);
  return last === undefined || dayOf(last) >= today.fromDay ? today : rangeUpTo(last, length, true);
}

const rangeUpTo = (seconds: number, length: number, isPast: boolean): RangeAnswer => ({
  fromDay: dayOf(seconds - (length - 1) * DAY_SECONDS),
  toDay: dayOf(seconds),
  isPast,
});
