import fc from 'fast-check';
import { expect, test } from 'vitest';
import { min } from '../../lib/math/fixed-point.ts';
import { bestSize } from '../../lib/planning/size.ts';

/** value(x) = a·x − b·x² / 2^32: its maximum is known without looking for it. */
const parabola = (a: bigint, b: bigint) => (x: bigint) => a * x - (b * x * x) / 2n ** 32n;

test('finds the top of any concave value within 0.01 %', () => {
  let cases = 0;
  fc.assert(
    fc.property(
      fc.bigInt(1n, 2n ** 40n),
      fc.bigInt(1n, 2n ** 40n),
      fc.bigInt(1n, 2n ** 45n),
      (a, b, largest) => {
        const value = parabola(a, b);
        const summit = (a * 2n ** 31n) / b;
        const top = value(min(summit, largest));
        const found = bestSize(largest, (size) => ({ value: value(size), choice: size }));
        if (top <= 10_000n || summit < largest / 1000n) return;
        cases += 1;
        expect(found?.value ?? 0n).toBeGreaterThanOrEqual(top - top / 10_000n - 1n);
      },
    ),
    { numRuns: 2_000, seed: 1 },
  );
  expect(cases).toBeGreaterThan(200);
});

test('takes the whole even where everything just below it is refused', () => {
  const dust = 1_000n;
  const found = bestSize(10_000n, (size) =>
    size > 10_000n - dust && size < 10_000n ? undefined : { value: size, choice: size },
  );
  expect(found).toEqual({ size: 10_000n, value: 10_000n, choice: 10_000n });
});

test('has no answer where every size is refused', () => {
  expect(bestSize(10_000n, () => undefined)).toBeUndefined();
  expect(bestSize(0n, () => ({ value: 1n, choice: undefined }))).toBeUndefined();
});
