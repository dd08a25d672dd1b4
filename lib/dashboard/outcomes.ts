import type { DaySum } from '../ledger/day-sum.ts';
import { type LineResult, RESULTS } from '../ledger/line.ts';
import { DAY_SECONDS } from '../ledger/read-days.ts';
import type { OutcomesAnswer } from './answers.ts';
import { type Days, startOf } from './days.ts';

/** Up to so many days with facts, what happened within the day is worth seeing. */
const FEW_DAYS = 2;
const MOST_BUCKETS = 48;
const WIDTHS_SECONDS: readonly number[] = [12, 60, 300, 900, 3_600];

/** A decision without an opportunity is counted in the report; here it would hide all others. */
const isQuiet = (reason: string | undefined): boolean => reason === 'opensNothing';

export async function readOutcomes(days: Days, sums: readonly DaySum[]): Promise<OutcomesAnswer> {
  return sums.length <= FEW_DAYS ? withinDays(days, sums) : byDay(sums);
}

interface Counted {
  readonly atSeconds: number;
  readonly result: LineResult;
  readonly lines: number;
}

const byDay = (sums: readonly DaySum[]): OutcomesAnswer =>
  bucketed(
    sums.flatMap(({ day, cells }) =>
      cells
        .filter(({ reason }) => !isQuiet(reason))
        .map(({ result, lines }) => ({ atSeconds: startOf(day), result, lines })),
    ),
    DAY_SECONDS,
  );

async function withinDays(days: Days, sums: readonly DaySum[]): Promise<OutcomesAnswer> {
  const read = await Promise.all(sums.map(({ day }) => days.read(day)));
  const counted = read
    .flatMap(({ lines }) => lines)
    .filter(({ reason }) => !isQuiet(reason))
    .map(({ updateAtSeconds: atSeconds, result }) => ({ atSeconds, result, lines: 1 }));
  const [first, last] = extent(counted);
  const width = WIDTHS_SECONDS.find((seconds) => (last - first) / seconds < MOST_BUCKETS);
  return bucketed(counted, width ?? DAY_SECONDS / 24);
}

function extent(counted: readonly Counted[]): readonly [number, number] {
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { atSeconds } of counted) {
    first = Math.min(first, atSeconds);
    last = Math.max(last, atSeconds);
  }
  return [first, last];
}

function bucketed(counted: readonly Counted[], widthSeconds: number): OutcomesAnswer {
  const [first, last] = extent(counted);
  if (counted.length === 0) return { widthSeconds, atSeconds: [], results: {} };
  const start = Math.floor(first / widthSeconds) * widthSeconds;
  const buckets = Math.floor((last - start) / widthSeconds) + 1;
  const results = RESULTS.map((result) => {
    const counts = new Array<number>(buckets).fill(0);
    for (const one of counted) {
      const bucket = Math.floor((one.atSeconds - start) / widthSeconds);
      if (one.result === result) counts[bucket] = (counts[bucket] ?? 0) + one.lines;
    }
    return [result, counts] as const;
  });
  return {
    widthSeconds,
    atSeconds: Array.from({ length: buckets }, (_, index) => start + index * widthSeconds),
    results: Object.fromEntries(results.filter(([, counts]) => counts.some((count) => count > 0))),
  };
}
