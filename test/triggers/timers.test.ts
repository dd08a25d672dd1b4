import { describe, expect, test } from 'vitest';
import type { Head } from '../../lib/block.ts';
import { nextTarget } from '../../lib/bundle/target.ts';
import type { Opportunity } from '../../lib/domain.ts';
import type { Feed } from '../../lib/oracles/feed.ts';
import type { HiddenRounds } from '../../lib/oracles/read-hidden-rounds.ts';
import type { Book } from '../../lib/protocols/book.ts';
import { type TimedMarket, timerUpdates } from '../../lib/triggers/timers.ts';
import { syntheticOpportunity, token } from '../support/synthetic-market.ts';

const NOW = 1_760_130_000;
const head: Head = { number: 100, hash: '0x00', timestampSeconds: NOW, nextBaseFeeWei: 1n, seenAtMs: 5 };
const [ETHER, BITCOIN] = [token(1), token(2)];
const feed = (aggregator: string, answer: bigint): Feed => ({
  ...{ aggregator, proxies: [], decimals: 8, description: aggregator, answer },
});
const feeds = new Map(
  [ETHER, BITCOIN].map((aggregator, at) => [aggregator, feed(aggregator, 100n + BigInt(at))]),
);

const opportunityOf = (borrower: number): Opportunity =>
  syntheticOpportunity({
    ...{ borrower, debtAsset: token(7), collateralAsset: token(8) },
    ...{ maxDebtToCover: 1n, seizedPer10k: 10_000n },
  });

/** Who falls when, and by which feeds' prices. */
interface Fall {
  readonly borrower: number;
  readonly fromSeconds: number;
  readonly feeds: readonly string[];
}

function marketOf(falls: readonly Fall[], hidden: readonly HiddenRounds[] = []): TimedMarket {
  const book: Book = {
    ...{ protocol: 'synthetic', blockNumber: head.number, assets: new Set(), feeds },
    opportunities: (changes, target) =>
      falls
        .filter(
          (fall) =>
            changes.some(({ aggregator }) => fall.feeds.includes(aggregator)) &&
            target.timestampSeconds >= fall.fromSeconds,
        )
        .map(({ borrower }) => opportunityOf(borrower)),
  };
  return { head, feeds, hidden, books: [book] };
}

const due = (market: TimedMarket) => timerUpdates(market, nextTarget(head, 12, 5), 1, 5);

describe('interest', () => {
  test('that makes a borrower fall in the target block is an update without a new price', () => {
    const [update, ...more] = due(
      marketOf([{ borrower: 1, fromSeconds: NOW + 12, feeds: [ETHER, BITCOIN] }]),
    );
    expect(more).toEqual([]);
    expect(update).toMatchObject({
      ...{ aggregator: ETHER, answer: 100n, seenAtMs: 5, source: 'timer' },
      trigger: { kind: 'timer', reason: 'interest' },
    });
  });

  test('has nothing to do with who has fallen already, or falls later', () => {
    expect(due(marketOf([{ borrower: 1, fromSeconds: NOW, feeds: [ETHER] }]))).toEqual([]);
    expect(due(marketOf([{ borrower: 1, fromSeconds: NOW + 13, feeds: [ETHER] }]))).toEqual([]);
  });

  test('states as few feeds as concern all', () => {
    const falls = [
      { borrower: 1, fromSeconds: NOW + 12, feeds: [ETHER, BITCOIN] },
      { borrower: 2, fromSeconds: NOW + 1, feeds: [BITCOIN] },
    ];
    expect(due(marketOf(falls)).map(({ aggregator }) => aggregator)).toEqual([ETHER, BITCOIN]);
    expect(new Set(due(marketOf(falls)).map(({ id }) => id)).size).toBe(2);
  });
});

describe('a hidden round', () => {
  const hidden = (recordedAgo: number): HiddenRounds => ({
    aggregator: ETHER,
    feed: {
      rounds: [{ id: 8, recordedAtSeconds: NOW - recordedAgo }],
      ...{ latestSecondaryRoundId: 7, cutoffSeconds: 60, maxSyncIterations: 20 },
    },
    answers: new Map([[8, 90n]]),
  });

  test.each([
    ['comes to light in the target block', 49, true],
    ['comes to light later', 48, false],
    ['has just come to light', 61, false],
    ['comes to light with the last of its time', 60, true],
  ])('%s', (_, recordedAgo, isDue) => {
    const updates = due(marketOf([], [hidden(recordedAgo)]));
    const expected = { aggregator: ETHER, answer: 90n, trigger: { kind: 'timer', reason: 'cutoff' } };
    expect(updates).toHaveLength(isDue ? 1 : 0);
    if (isDue) expect(updates[0]).toMatchObject(expected);
  });

  test('says it all of its feed; interest says the others', () => {
    const falls = [
      { borrower: 1, fromSeconds: NOW + 12, feeds: [ETHER] },
      { borrower: 2, fromSeconds: NOW + 12, feeds: [BITCOIN] },
    ];
    const updates = due(marketOf(falls, [hidden(49)]));
    expect(updates.map(({ aggregator, answer }) => [aggregator, answer])).toEqual([
      [BITCOIN, 101n],
      [ETHER, 90n],
    ]);
  });

  test('has one name, whoever hears of it, and whenever', () => {
    const names = [49, 55].flatMap((ago) => due(marketOf([], [hidden(ago)])).map(({ id }) => id));
    expect(new Set(names).size).toBe(1);
    expect(names).toHaveLength(2);
  });
});
