import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import {
  type DualFeedRounds,
  nextVisibilitySeconds,
  type RecordedRound,
  roundOfPublicReaders,
  roundOfSecondaryReaders,
} from '../../lib/oracles/visibility.ts';

const vector = (name: string) => readFileSync(new URL(`../vectors/${name}`, import.meta.url), 'utf8');

/** Consecutive rounds of Aave's ETH/USD aggregator in the crash of 2025-10-10. */
const recorded: readonly (RecordedRound & { readonly block: number })[] = vector(
  'svr_ethusd_rounds_2025-10-10.csv',
)
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => line.split(',').map(Number))
  .map(([block = 0, , , id = 0, recordedAtSeconds = 0]) => ({ block, id, recordedAtSeconds }));

/** Liquidations, and the round whose price Aave really used in them. */
const liquidations = v.parse(
  v.array(
    v.object({
      tx: v.string(),
      block: v.number(),
      blockTs: v.number(),
      round: v.number(),
      ageSeconds: v.number(),
    }),
  ),
  JSON.parse(vector('svr_price_visibility.json')),
);

/** From 60 to 71 seconds: see "the cutoff". */
const CUTOFFS = Array.from({ length: 12 }, (_, index) => 60 + index);

describe('the price that Aave used in the crash of 2025-10-10', () => {
  test.each(liquidations.filter(({ ageSeconds }) => ageSeconds > 71))(
    'in block $block was the newest public round older than the cutoff',
    ({ block, blockTs, round }) => {
      const previous = round - 1;
      const seen = CUTOFFS.map((cutoff) => roundOfSecondaryReaders(upTo(block, previous, cutoff), blockTs));
      expect(new Set(seen)).toEqual(new Set([round]));
    },
  );

  test.each(liquidations.filter(({ ageSeconds }) => ageSeconds < 60))(
    'in block $block came by the private way, $ageSeconds s after it was recorded',
    ({ block, blockTs, round }) => {
      const seen = (secondary: number) => roundOfSecondaryReaders(upTo(block, secondary, 60), blockTs);
      expect(seen(round)).toBe(round);
      expect(seen(round - 1)).toBeLessThan(round);
    },
  );

  /** Blocks whose liquidations were only possible at the price of a public round that became visible there. */
  const lapses = [
    { block: 23549948, round: 9337 },
    { block: 23549949, round: 9338 },
    { block: 23549963, round: 9342 },
  ];

  test.each(lapses)('the cutoff: round $round became visible in block $block', ({ block, round }) => {
    const seen = (cutoff: number, at: number) => roundOfSecondaryReaders(upTo(at, 9335, cutoff), timeOf(at));
    expect(CUTOFFS.map((cutoff) => seen(cutoff, block))).toEqual(CUTOFFS.map(() => round));
    expect(CUTOFFS.map((cutoff) => seen(cutoff, block - 1))).not.toContain(round);
    expect(seen(59, block - 1)).toBe(round);
    expect(seen(72, block)).not.toBe(round);
  });

  test('is announced by a timer', () => {
    const feed = upTo(23549943, 9335, 60);
    const next = nextVisibilitySeconds(feed, timeOf(23549943));
    expect(next).toBe(timeOf(23549942) + 61);
    expect(nextVisibilitySeconds(feed, timeOf(23549960))).toBeUndefined();
  });
});

describe('readers of the secondary proxy', () => {
  const rounds = [1, 2, 3, 4].map((id) => ({ id, recordedAtSeconds: 1000 + 10 * id }));
  const feed = (latestSecondaryRoundId: number, maxSyncIterations = 20): DualFeedRounds => ({
    rounds,
    latestSecondaryRoundId,
    cutoffSeconds: 60,
    maxSyncIterations,
  });

  test.each([
    ['see a private round at once', 3, 1040, 3],
    ['keep it until its cutoff, whatever is public', 1, 1070, 1],
    ['then see public rounds, each after its own cutoff', 1, 1071, 1],
    ['one', 1, 1081, 2],
    ['by one', 1, 1091, 3],
    ['until all are seen', 1, 1101, 4],
    ['and see the oldest when there was no private round', 0, 1071, 1],
    ['or nothing before it', 0, 1070, 0],
  ])('%s', (_, secondary, now, round) => {
    expect(roundOfSecondaryReaders(feed(secondary), now)).toBe(round);
  });

  test('see no further back than the contract looks', () => {
    expect(roundOfSecondaryReaders(feed(1, 2), 1085)).toBe(1);
    expect(roundOfSecondaryReaders(feed(1, 3), 1085)).toBe(2);
  });

  test('everybody else sees the newest round, but not a private one in its own block', () => {
    expect(roundOfPublicReaders(feed(4), 1040, true)).toBe(3);
    expect(roundOfPublicReaders(feed(4), 1052, true)).toBe(4);
    expect(roundOfPublicReaders(feed(4), 1040, false)).toBe(4);
    expect(roundOfPublicReaders({ ...feed(0), rounds: [] }, 1040, false)).toBe(0);
  });
});

/** What the aggregator held in this block. */
const upTo = (block: number, latestSecondaryRoundId: number, cutoffSeconds: number): DualFeedRounds => ({
  rounds: recorded.filter((round) => round.block <= block),
  latestSecondaryRoundId,
  cutoffSeconds,
  maxSyncIterations: 20,
});

/** No slot was missed between these blocks: round 9338 and round 9339 are 6 blocks and 72 s apart. */
const timeOf = (block: number): number => 1_760_130_899 + 12 * (block - 23549943);
