import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AMOUNTS } from '../../lib/ledger/amounts.ts';
import { fromDayRecord, toDayRecord } from '../../lib/ledger/day-record.ts';
import { type DaySum, daySumOf } from '../../lib/ledger/day-sum.ts';
import type { Fact } from '../../lib/ledger/fact.ts';
import { histogramOf, percentileMs } from '../../lib/ledger/histogram.ts';
import { isoSeconds } from '../../lib/ledger/key.ts';
import { DAY_GROUPINGS, reportOf, reportOfDays } from '../../lib/ledger/report.ts';
import { anyStory } from '../support/ledger-stories.ts';

const daysOf = (facts: readonly Fact[]): readonly DaySum[] =>
  [...Map.groupBy(facts, ({ updateAtSeconds }) => isoSeconds(updateAtSeconds).slice(0, 10))]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([day, ofDay]) => daySumOf(day, ofDay));

const sum = (values: readonly bigint[]): bigint => values.reduce((a, b) => a + b, 0n);

describe('days', () => {
  test('come to what their facts come to, in every grouping', () => {
    fc.assert(
      fc.property(fc.array(anyStory, { maxLength: 6 }), (stories) => {
        const facts = stories.flat();
        const byFacts = reportOf(facts, DAY_GROUPINGS);
        const byDays = reportOfDays(daysOf(facts), DAY_GROUPINGS);
        expect(byDays.updates).toBe(byFacts.updates);
        expect(byDays.total).toEqual(byFacts.total);
        for (const grouping of DAY_GROUPINGS) {
          const tallies = new Map(byFacts.groups[grouping]?.map(({ key, tally }) => [key, tally]));
          expect(new Map(byDays.groups[grouping]?.map(({ key, tally }) => [key, tally]))).toEqual(tallies);
          for (const name of AMOUNTS)
            expect(sum([...tallies.values()].map((tally) => tally[name]))).toBe(byDays.total[name]);
          const dollars = [...tallies.values()].map(({ usd }) => usd.netProfitUsd26);
          expect(sum(dollars)).toBe(byDays.total.usd.netProfitUsd26);
        }
      }),
    );
  });

  test('come back from their rows as they were', () => {
    fc.assert(
      fc.property(fc.array(anyStory, { maxLength: 4 }), (stories) => {
        for (const day of daysOf(stories.flat())) expect(fromDayRecord(toDayRecord(day, 1))).toEqual(day);
      }),
    );
  });

  test('of another version are counted anew, and what is no sum is named', () => {
    const row = toDayRecord(daySumOf('2025-10-10', []), 1);
    expect(row).toMatchObject({ pk: 'DAYS#2025-10', sk: '2025-10-10#0001' });
    expect(fromDayRecord({ ...row, schemaVersion: 3 })).toBeUndefined();
    expect(() => fromDayRecord({ ...row, sum: '{}' })).toThrow(/Row DAYS#2025-10 \/ 2025-10-10#0001 is not/);
    expect(() => fromDayRecord({ ...row, sum: 'soon' })).toThrow(/is not a day's sum/);
  });
});

describe('percentiles', () => {
  test('are right to 2.5 %', () => {
    const durations = Array.from({ length: 1_000 }, (_, index) => (index + 1) / 2);
    const histogram = histogramOf(durations);
    for (const share of [0.5, 0.95, 0.99]) {
      const exact = 500 * share;
      expect(Math.abs((percentileMs(histogram, share) ?? 0) / exact - 1)).toBeLessThan(0.026);
    }
  });

  test('of nothing are nothing', () => {
    expect(percentileMs(histogramOf([]), 0.5)).toBeUndefined();
  });
});
