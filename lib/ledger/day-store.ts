import type { DaySum } from './day-sum.ts';

/** Sums of days that no later fact can change: what a report reads in place of the facts. */
export interface DayStore {
  /** Those that are stored, by day; both ends inclusive. Eventually consistent. */
  finalDays(fromDay: string, toDay: string): Promise<readonly DaySum[]>;
  /** `false`: this revision of the day was there already, and nothing was written. */
  storeFinalDay(sum: DaySum, revision: number): Promise<boolean>;
  /** When the chain's newest planned bundle was decided, by its update's time: where to look for data at all. */
  newestBundleSeconds(chainId: number): Promise<number | undefined>;
  /** Every day up to this one has its sum. */
  finalDayCursor(): Promise<string | undefined>;
  /** `false`: the cursor was there or further already. */
  advanceFinalDayCursor(day: string): Promise<boolean>;
}
