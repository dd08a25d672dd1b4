import { id } from 'ethers';
import { describe, expect, test } from 'vitest';
import { bidInAll, FITTED, seededAuctions } from '../../bench/bid-auctions.ts';
import { bidBpsFor, highestBidBps } from '../../lib/bundle/bid.ts';
import { type BidRecord, fitBidCurve, SHARES } from '../../lib/bundle/bid-curve.ts';

const ETHER = 10n ** 18n;
const context = { feed: 'ETH / USD', valueWei: ETHER / 2n, hour: 12 };
const record = (shareBps: number, included: boolean, more: Partial<BidRecord> = {}): BidRecord => ({
  ...context,
  ...{ shareBps, included },
  ...more,
});
const many = (count: number, one: BidRecord): readonly BidRecord[] =>
  Array.from({ length: count }, () => one);
const chanceAt = (records: readonly BidRecord[], shareBps: number) =>
  fitBidCurve(records, context).chances[SHARES.indexOf(shareBps)] ?? Number.NaN;

describe('the fitted curve', () => {
  test('never falls, whatever the records', () => {
    for (let seed = 0; seed < 50; seed += 1) {
      const records = seededAuctions(40, seed).map((auction, at) =>
        record((at * 977) % 10_000, auction.toBeatBps % 2 === 0, { feed: auction.feed }),
      );
      const { chances } = fitBidCurve(records, context);
      expect(
        chances.every((chance, at) => chance >= 0 && chance <= 1 && chance >= (chances[at - 1] ?? 0)),
      ).toBe(true);
    }
  });

  test('without records is the prior: even somewhere below 90 %, little below half', () => {
    expect(chanceAt([], 5_000)).toBeLessThan(0.35);
    expect(chanceAt([], 9_500)).toBeGreaterThan(0.6);
  });

  test('learns where wins begin', () => {
    const records = [...many(40, record(4_000, false)), ...many(40, record(6_000, true))];
    expect(chanceAt(records, 4_000)).toBeLessThan(0.15);
    expect(chanceAt(records, 6_000)).toBeGreaterThan(0.85);
  });

  test('of a feed is not drowned by a thousand records of another', () => {
    const others = many(1_000, record(9_000, false, { feed: 'BTC / USD' }));
    const own = many(30, record(9_000, true));
    expect(chanceAt([...others, ...own], 9_000)).toBeGreaterThan(0.8);
  });

  test('of a feed never seen leans on the others', () => {
    const others = many(50, record(5_000, true, { feed: 'BTC / USD' }));
    expect(chanceAt(others, 5_000)).toBeGreaterThan(chanceAt([], 5_000));
  });
});

describe('a share', () => {
  const terms = { bidBps: 9_000n, minProfitWei: 0n, bid: { kind: 'fixed' } } as const;
  const small = { kind: 'floorForSmall', smallBelowWei: ETHER, smallShareBps: 5_000n } as const;
  const update = id('update');

  test('that is fixed is the same for all', () => {
    expect(bidBpsFor(context, terms, [], update)).toBe(9_000n);
  });

  test.each([
    [ETHER - 1n, 5_000n],
    [ETHER, 9_000n],
  ])('has a floor for small ones: of %s wei, %s', (valueWei, expected) => {
    expect(bidBpsFor({ ...context, valueWei }, { ...terms, bid: small }, [], update)).toBe(expected);
  });

  test('leaves the profit asked for', () => {
    const asked = { ...terms, minProfitWei: 300n };
    expect(bidBpsFor({ ...context, valueWei: 1_000n }, asked, [], update)).toBe(7_000n);
    expect(bidBpsFor({ ...context, valueWei: 200n }, asked, [], update)).toBe(0n);
  });

  test('that is fitted stays within its ceiling, explores boundedly and repeatably', () => {
    const fitted = {
      ...terms,
      bid: { ...FITTED, kind: 'fitted', maxShareBps: 8_000n, explorationBps: 10_000n },
    } as const;
    const records = [...many(40, record(4_000, false)), ...many(40, record(6_000, true))];
    const shares = Array.from({ length: 200 }, (_, at) => bidBpsFor(context, fitted, records, id(`${at}`)));
    expect(shares.every((share) => share <= 8_000n && share >= 4_000n)).toBe(true);
    expect(new Set(shares).size).toBeGreaterThan(1);
    expect(shares[3]).toBe(bidBpsFor(context, fitted, records, id('3')));
    expect(highestBidBps(fitted)).toBe(9_000n);
  });
});

test.each([1, 2, 3])('fitted earns more than any fixed share on 1,000 seeded auctions, seed %s', (seed) => {
  const auctions = seededAuctions(1_000, seed);
  const fixed = [5_000n, 8_000n, 9_500n, 9_900n].map(
    (bps) => bidInAll(auctions, { kind: 'fixed' }, bps).netWei,
  );
  const fitted = bidInAll(auctions, FITTED, 9_000n).netWei;
  for (const net of fixed) expect(fitted).toBeGreaterThan(net);
});
