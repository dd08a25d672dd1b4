import fc from 'fast-check';
import { expect, test } from 'vitest';
import { min } from '../../lib/math/fixed-point.ts';
import { peakOf } from '../../lib/planning/peak.ts';

/** value(x) = a·x − b·x² / 2^32: its maximum is known without looking for it. */
const parabola = (a: bigint, b: bigint) => (x: bigint) => a * x - (b * x * x) / 2n ** 32n;

test('finds the top of a parabola, wherever it lies', () => {
  let within = 0;
  fc.assert(
    fc.property(
      fc.bigInt(1n, 2n ** 40n),
      fc.bigInt(1n, 2n ** 40n),
      fc.bigInt(1n, 2n ** 45n),
      (a, b, largest) => {
        const value = parabola(a, b);
        const summit = (a * 2n ** 31n) / b;
        const top = value(min(summit, largest));
        const found = peakOf(0n, largest, value);
        if (summit > 0n && summit < largest) within += 1;
        expect(found).toBeLessThanOrEqual(largest);
        expect(value(found)).toBeGreaterThanOrEqual(top - top / 1_000_000n - a);
      },
    ),
    { numRuns: 5_000, seed: 1 },
  );
  expect(within).toBeGreaterThan(500);
});

/** A sale into x·y = k at a price that is fair at 0: known to peak where the marginal price is the cost. */
const sale = (x: bigint, y: bigint, costPerMille: bigint) => (amount: bigint) =>
  (y * amount) / (x + amount) - (y * amount * costPerMille) / (x * 1000n);

test('finds the top of a sale with price impact, in few looks', () => {
  let mostLooks = 0;
  fc.assert(
    fc.property(fc.integer({ min: 20, max: 90 }), fc.integer({ min: 500, max: 990 }), (depth, cost) => {
      const [x, y] = [10n ** 18n * 2n ** BigInt(depth), 10n ** 24n];
      const largest = 10n ** 27n;
      const value = sale(x, y, BigInt(cost));
      // y·x / (x + a)² = y·cost / x where a = x·(1/√cost − 1).
      const summit = Number(x) * (Math.sqrt(1000 / cost) - 1);
      let looks = 0;
      const found = peakOf(0n, largest, (size) => {
        looks += 1;
        return value(size);
      });
      mostLooks = Math.max(mostLooks, looks);
      const best = summit >= Number(largest) ? largest : BigInt(Math.round(summit));
      expect(value(found)).toBeGreaterThanOrEqual(value(best) - value(best) / 1_000_000n - 2n);
    }),
    { numRuns: 500, seed: 2 },
  );
  expect(mostLooks).toBeLessThan(30);
});

test('takes two looks where the value rises to the end, exactly to the end', () => {
  const sizes: bigint[] = [];
  const found = peakOf(5n, 10n ** 20n + 7n, (size) => {
    sizes.push(size);
    return 3n * size;
  });
  expect(found).toBe(10n ** 20n + 7n);
  expect(sizes).toHaveLength(2);
});

test('finds the top where the larger sizes cannot be done', () => {
  const limit = 123_456_789n;
  const value = (size: bigint) => (size > limit ? undefined : size * (200_000_000n - size));
  const found = peakOf(0n, 10n ** 15n, value);
  expect(Math.abs(Number(found) - 100_000_000)).toBeLessThan(50_000);
});

test('a tent, whose top is a corner', () => {
  const corner = 987_654_321n;
  const value = (size: bigint) => (size < corner ? 5n * size : 5n * corner - 90n * (size - corner));
  const found = peakOf(0n, 10n ** 11n, value);
  expect(value(found)).toBeGreaterThan(5n * corner - (5n * corner) / 5_000n);
});

test('stays where the value only falls, or is nowhere', () => {
  expect(peakOf(7n, 10n ** 12n, (size) => -size)).toBe(7n);
  expect(peakOf(0n, 10n ** 12n, () => undefined)).toBe(0n);
});
