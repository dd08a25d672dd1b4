import type { DayStore } from './day-store.ts';
import { type DaySum, daySumOf } from './day-sum.ts';
import type { Fact } from './fact.ts';
import { isoSeconds } from './key.ts';
import type { Ledger, TimeRange } from './ledger.ts';

export interface ReadDaysOptions {
  /** Counts every day anew, as if no sum were stored. */
  readonly recount?: boolean;
}

/** The sum of each day of the range: a final day's is read, any other's is computed from its facts. */
export async function readDays(
  ledger: Pick<Ledger, 'factsByDay'> & DayStore,
  range: TimeRange,
  { recount = false }: ReadDaysOptions = {},
): Promise<readonly DaySum[]> {
  const whole = wholeDays(range);
  const [first, last] = [whole[0], whole.at(-1)];
  const stored =
    recount || first === undefined || last === undefined ? [] : await ledger.finalDays(first, last);
  const sums = new Map(stored.map((sum) => [sum.day, sum]));
  const days: DaySum[] = [];
  for (const part of partsOf(range)) {
    const day = dayOf(part.fromSeconds);
    const isWhole = whole.includes(day);
    days.push((isWhole && sums.get(day)) || daySumOf(day, await readFacts(ledger, part)));
  }
  return days;
}

export async function readFacts(
  ledger: Pick<Ledger, 'factsByDay'>,
  range: TimeRange,
): Promise<readonly Fact[]> {
  const facts: Fact[] = [];
  for await (const page of ledger.factsByDay(range)) for (const fact of page) facts.push(fact);
  return facts;
}

export const DAY_SECONDS = 86_400;

export const dayOf = (seconds: number): string => isoSeconds(seconds).slice(0, 10);

const nextDay = (second: number): number => (Math.floor(second / DAY_SECONDS) + 1) * DAY_SECONDS;

/** The range cut at midnight, UTC. */
function partsOf({ fromSeconds, toSeconds }: TimeRange): readonly TimeRange[] {
  const parts: TimeRange[] = [];
  for (let second = fromSeconds; second < toSeconds; second = nextDay(second))
    parts.push({ fromSeconds: second, toSeconds: Math.min(nextDay(second), toSeconds) });
  return parts;
}

const wholeDays = (range: TimeRange): readonly string[] =>
  partsOf(range)
    .filter(({ fromSeconds, toSeconds }) => toSeconds - fromSeconds === DAY_SECONDS)
    .map(({ fromSeconds }) => dayOf(fromSeconds));
