import { type DaySum, type Moment, mergedLatencies, TIMED } from '../ledger/day-sum.ts';
import { groupName } from '../ledger/group-name.ts';
import { percentileMs } from '../ledger/histogram.ts';
import { toStored } from '../ledger/record.ts';
import { type DayGrouping, type Report, reportOfDays } from '../ledger/report.ts';
import { type Tally, winRate } from '../ledger/tally.ts';
import type { LatencyAnswer, RangeAnswer } from './answers.ts';
import type { Days } from './days.ts';
import { readOutcomes } from './outcomes.ts';

const GROUPS: readonly DayGrouping[] = ['day', 'builder', 'trigger', 'reason', 'pair'];
/** A chart is no wider than this; the last moment of each stretch stays, so that its sum is exact. */
const MOST_POINTS = 600;
const MOST_DUELS = 300;

/** Everything that the page shows at first sight, as an OverviewAnswer in JSON. */
export async function readOverview(days: Days, range: RangeAnswer): Promise<string> {
  const sums = await days.sums(range.fromDay, range.toDay);
  const report = reportOfDays(sums, GROUPS);
  return JSON.stringify(
    toStored({
      range,
      updates: report.updates,
      total: tallyAnswer(report.total),
      groups: Object.fromEntries(GROUPS.map((grouping) => [grouping, groupAnswers(report, grouping)])),
      cumulative: thinned(cumulative(sums.flatMap(({ moments }) => moments))),
      outcomes: await readOutcomes(days, sums),
      latencies: latencies(sums),
      duels: sums.flatMap(({ duels }) => duels).slice(-MOST_DUELS),
      tokens: report.tokens,
    }),
  );
}

const tallyAnswer = (tally: Tally) => ({ ...tally, winRate: winRate(tally) });

const groupAnswers = ({ groups, tokens }: Report, grouping: DayGrouping) =>
  (groups[grouping] ?? []).map(({ key, tally }) => ({
    key,
    name: groupName(grouping, key, tokens),
    ...tallyAnswer(tally),
  }));

function cumulative(moments: readonly Moment[]): readonly Moment[] {
  let netProfitWei = 0n;
  return moments.map((moment) => {
    netProfitWei += moment.netProfitWei;
    return { atSeconds: moment.atSeconds, netProfitWei };
  });
}

function thinned(points: readonly Moment[]): readonly Moment[] {
  if (points.length <= MOST_POINTS) return points;
  const stretch = points.length / MOST_POINTS;
  return Array.from(
    { length: MOST_POINTS },
    (_, index) => points[Math.ceil((index + 1) * stretch) - 1],
  ).flatMap((point) => point ?? []);
}

function latencies(sums: readonly DaySum[]): readonly LatencyAnswer[] {
  const histograms = mergedLatencies(sums);
  return TIMED.flatMap((stage) => {
    const histogram = histograms[stage] ?? {};
    const [p50Ms, p95Ms, p99Ms] = [0.5, 0.95, 0.99].map((share) => percentileMs(histogram, share));
    if (p50Ms === undefined || p95Ms === undefined || p99Ms === undefined) return [];
    const count = Object.values(histogram).reduce((sum, one) => sum + one, 0);
    return [{ stage, count, p50Ms, p95Ms, p99Ms }];
  });
}
