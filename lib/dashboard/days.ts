import type { Clock } from '../adapters/clock.ts';
import type { DayStore } from '../ledger/day-store.ts';
import { type DaySum, daySumOf } from '../ledger/day-sum.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Line } from '../ledger/line.ts';
import { linesOf } from '../ledger/lines.ts';
import type { NearestStore } from '../ledger/nearest.ts';
import { DAY_SECONDS, dayOf, readFacts } from '../ledger/read-days.ts';
import { storiesOf } from '../ledger/stories.ts';

export type DashboardLedger = Pick<Ledger, 'factsByDay' | 'factsOfUpdate'> &
  DayStore &
  Pick<NearestStore, 'nearest'>;

/** The days of the ledger, kept in memory for as long as they can be trusted. */
export interface Days {
  /** One sum for each day with facts; both ends inclusive. */
  sums(fromDay: string, toDay: string): Promise<readonly DaySum[]>;
  /** Every line of a day, the newest update first. */
  read(day: string): Promise<ReadDay>;
}

export interface ReadDay {
  readonly sum: DaySum;
  readonly lines: readonly Line[];
}

/** The last two days, which go on or may still be settled, are read again after this. */
const FRESH_MS = 2_000;
/** Days that are over change only while bundles settle. */
const OLD_FRESH_MS = 60_000;
const FINAL_FRESH_MS = 600_000;
/** Days of lines in memory. */
const MOST_DAYS = 40;

export function daysOf(ledger: DashboardLedger, clock: Clock): Days {
  // The newest that was asked for. A ledger may end long before today and still go on, as that of the demo does.
  let newest = '';
  const isRecent = (day: string): boolean => day >= dayOf(startOf(newest) - DAY_SECONDS);
  const readOne = remembered(
    (day: string) => readDay(ledger, day),
    MOST_DAYS,
    clock,
    (day) => (isRecent(day) ? FRESH_MS : OLD_FRESH_MS),
  );
  const read = (day: string): Promise<ReadDay> => {
    newest = day > newest ? day : newest;
    return readOne(day);
  };
  const final = remembered(
    async (range: string) => ledger.finalDays(range.slice(0, 10), range.slice(11)),
    8,
    clock,
    () => FINAL_FRESH_MS,
  );
  return {
    read,
    async sums(fromDay, toDay) {
      newest = toDay > newest ? toDay : newest;
      const stored = new Map((await final(`${fromDay}/${toDay}`)).map((sum) => [sum.day, sum]));
      const sums: DaySum[] = [];
      for (const day of daysBetween(fromDay, toDay)) {
        const sum = stored.get(day) ?? (await read(day)).sum;
        if (sum.updates > 0) sums.push(sum);
      }
      return sums;
    },
  };
}

export function daysBetween(fromDay: string, toDay: string): readonly string[] {
  const days: string[] = [];
  for (let at = startOf(fromDay); at <= startOf(toDay); at += DAY_SECONDS) days.push(dayOf(at));
  return days;
}

export const startOf = (day: string): number => Date.parse(day) / 1_000;

async function readDay(ledger: DashboardLedger, day: string): Promise<ReadDay> {
  const fromSeconds = startOf(day);
  const facts = await readFacts(ledger, { fromSeconds, toSeconds: fromSeconds + DAY_SECONDS });
  return { sum: daySumOf(day, facts), lines: storiesOf(facts).flatMap(linesOf).reverse() };
}

/** The answers of the last few questions; whoever asks while one is under way waits for the same answer. */
function remembered<T>(
  ask: (key: string) => Promise<T>,
  most: number,
  clock: Clock,
  freshMs: (key: string) => number,
): (key: string) => Promise<T> {
  const known = new Map<string, { readonly atMs: number; readonly answer: Promise<T> }>();
  return (key) => {
    const last = known.get(key);
    if (last && clock.nowMs() - last.atMs < freshMs(key)) return last.answer;
    const answer = ask(key);
    known.delete(key);
    known.set(key, { atMs: clock.nowMs(), answer });
    // What failed is asked again.
    answer.catch(() => known.delete(key));
    for (const oldest of [...known.keys()].slice(0, Math.max(0, known.size - most))) known.delete(oldest);
    return answer;
  };
}
