import fc from 'fast-check';
import { expect, test } from 'vitest';
import { min } from '../../lib/math/fixed-point.ts';
import { peakOf, type ValueAt } from '../../lib/planning/peak.ts';

/** What it finds is worth, and how often it looked. */
function searched(largest: bigint, value: ValueAt) {
  let looks = 0;
  const size = peakOf(0n, largest, (at) => {
    looks += 1;
    return value(at);
  });
  expect(size).toBeLessThanOrEqual(largest);
  return { size, worth: (size === undefined ? undefined : value(size)) ?? 0n, looks };
}

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
        // Of smaller values the rounding is worth more than the tolerance.
        if (top < 1_000_000n) return;
        if (summit > 0n && summit < largest) within += 1;
        expect(searched(largest, value).worth).toBeGreaterThanOrEqual(top - top / 20_000n - 2n * a);
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
  const looks: number[] = [];
  fc.assert(
    fc.property(fc.integer({ min: 20, max: 90 }), fc.integer({ min: 500, max: 990 }), (depth, cost) => {
      const [x, y] = [10n ** 18n * 2n ** BigInt(depth), 10n ** 24n];
      const largest = 10n ** 27n;
      const value = sale(x, y, BigInt(cost));
      // y·x / (x + a)² = y·cost / x where a = x·(1/√cost − 1).
      const summit = Number(x) * (Math.sqrt(1000 / cost) - 1);
      const found = searched(largest, value);
      looks.push(found.looks);
      const best = summit >= Number(largest) ? largest : BigInt(Math.round(summit));
      expect(found.worth).toBeGreaterThanOrEqual(value(best) - value(best) / 20_000n - 2n);
    }),
    { numRuns: 500, seed: 2 },
  );
  expect(Math.max(...looks)).toBeLessThan(40);
  expect(looks.reduce((sum, one) => sum + one) / looks.length).toBeLessThan(12);
});

test('takes two looks where the value rises to the end, exactly to the end', () => {
  const { size, looks } = searched(10n ** 20n + 7n, (at) => 3n * at);
  expect(size).toBe(10n ** 20n + 7n);
  expect(looks).toBe(2);
});

test('finds the top where the larger sizes cannot be done', () => {
  const { worth } = searched(10n ** 15n, (size) =>
    size > 123_456_789n ? undefined : size * (200_000_000n - size),
  );
  expect(worth).toBeGreaterThan(10n ** 16n - 10n ** 12n);
});

test('a tent, whose top is a corner', () => {
  const corner = 987_654_321n;
  const value = (size: bigint) => (size < corner ? 5n * size : 5n * corner - 90n * (size - corner));
  expect(searched(10n ** 11n, value).worth).toBeGreaterThan(5n * corner - corner / 2_000n);
});

test('takes the whole where everything just below it is refused', () => {
  const value = (size: bigint) => (size > 9_000n && size < 10_000n ? undefined : size);
  expect(searched(10_000n, value).size).toBe(10_000n);
});

test('is content with what it has seen once nothing can be worth as much as asked for', () => {
  const value = (size: bigint) => size * (10n ** 9n - size) * (10n ** 9n + 3n * size);
  const looksFor = (least?: bigint) => {
    let looks = 0;
    peakOf(
      0n,
      10n ** 9n,
      (size) => {
        looks += 1;
        return value(size);
      },
      least,
    );
    return looks;
  };
  const top = value(6n * 10n ** 8n);
  expect(looksFor(4n * top)).toBeLessThan(looksFor() - 2);
  expect(looksFor(top / 2n)).toBe(looksFor());
});

test('has next to nothing where the value only falls, and nothing where there is none', () => {
  expect(peakOf(7n, 10n ** 12n, (size) => -size)).toBe(7n);
  expect(peakOf(0n, 10n ** 12n, () => undefined)).toBeUndefined();
});
