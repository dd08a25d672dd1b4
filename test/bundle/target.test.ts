import { describe, expect, test } from 'vitest';
import { uuidOf } from '../../lib/bundle/build.ts';
import { targetsOf } from '../../lib/bundle/target.ts';

const head = { number: 100, hash: '0x', timestampSeconds: 1_000, nextBaseFeeWei: 64n, seenAtMs: 1_001_000 };
const numbers = (targetBlocks: number, nowMs: number, seenAtMs: number | undefined = head.seenAtMs) =>
  targetsOf({ ...head, seenAtMs }, { secondsPerSlot: 12, targetBlocks }, nowMs).map(({ number }) => number);

describe('the blocks that a bundle is for', () => {
  test.each([
    ['early in the slot: the next one', 1, 1_002_000, [101]],
    ['as many as one wants', 3, 1_002_000, [101, 102, 103]],
    ['two seconds before its end: the next one still', 1, 1_011_000, [101]],
    ['later than that: the one after it too', 1, 1_011_001, [101, 102]],
    ['late, where more are wanted anyway', 3, 1_011_001, [101, 102, 103]],
    ['the slot is over and no head came', 1, 1_014_000, [101, 102]],
    ['a head of another age: its time says nothing', 1, 9_000_000, [101]],
  ])('%s', (_, targetBlocks, nowMs, expected) => {
    expect(numbers(targetBlocks, nowMs)).toEqual(expected);
  });

  test.each([
    ['is on time', 1_012_900, 1_012],
    ['is late by less than half a slot', 1_018_999, 1_012],
    ['does not come: its slot stays empty', 1_019_000, 1_024],
    ['nor the one after', 1_031_500, 1_036],
    ['has not come for longer than slots stay empty: nobody tells us of them', 1_090_000, 1_012],
  ])('the next block %s', (_, nowMs, timestampSeconds) => {
    expect(targetsOf(head, { secondsPerSlot: 12, targetBlocks: 1 }, nowMs)[0]).toMatchObject({
      number: 101,
      timestampSeconds,
    });
  });

  test('nobody watched the head: its own time counts', () => {
    expect(
      targetsOf({ ...head, seenAtMs: undefined }, { secondsPerSlot: 12, targetBlocks: 1 }, 1_010_001),
    ).toHaveLength(2);
  });

  test('each is a slot and the worst base fee later: an eighth more, rounded down as the protocol does', () => {
    const later = targetsOf(head, { secondsPerSlot: 12, targetBlocks: 4 }, 1_002_000);
    expect(later.map(({ timestampSeconds }) => timestampSeconds)).toEqual([1_012, 1_024, 1_036, 1_048]);
    expect(later.map(({ baseFeeWei }) => baseFeeWei)).toEqual([64n, 72n, 81n, 91n]);
  });
});

describe('the name under which a bundle may be replaced', () => {
  const feed = { chainId: 1, aggregator: '0x01' };

  test('is a UUID, the same for every round of a feed in one block', () => {
    expect(uuidOf(feed, 5)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(uuidOf(feed, 5)).toBe(uuidOf({ ...feed }, 5));
  });

  test('differs by feed, block, chain, and racer where several share the protocols', () => {
    const others = [
      uuidOf(feed, 6),
      uuidOf({ ...feed, aggregator: '0x02' }, 5),
      uuidOf({ ...feed, chainId: 2 }, 5),
      uuidOf({ ...feed, racer: 'aaveV3[0]' }, 5),
      uuidOf({ ...feed, racer: 'morphoBlue' }, 5),
    ];
    expect(new Set([uuidOf(feed, 5), ...others]).size).toBe(6);
  });
});
