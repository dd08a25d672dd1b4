import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inParallel, inSeries } from '../../lib/planning/curves.ts';
import { PriceCurve, type Stretch } from '../../lib/venues/price-curve.ts';

// The law of one stretch is proven on pools; here what is made of several is held against brute arithmetic.

/** Up to six stretches, ever steeper, some with a gap of price between them. */
const curves = fc
  .record({
    start: fc.double({ min: 0.2, max: 5, noNaN: true }),
    steps: fc.array(
      fc.record({
        gap: fc.constantFrom(1, 1, 1, 1.02),
        width: fc.double({ min: 1.001, max: 1.3, noNaN: true }),
        liquidity: fc.double({ min: 10, max: 1e6, noNaN: true }),
      }),
      { minLength: 1, maxLength: 6 },
    ),
  })
  .map(({ start, steps }) => {
    const stretches: Stretch[] = [];
    let from = start;
    for (const [index, { gap, width, liquidity }] of steps.entries()) {
      const to = from * gap * width;
      stretches.push({ from: from * gap, to, liquidity, gasUsed: 100 + index });
      from = to;
    }
    return stretches;
  });

const end = (stretches: readonly Stretch[]): number => stretches.at(-1)?.to ?? 0;
const part = fc.double({ min: 0.001, max: 0.99, noNaN: true });

/** Output by summing slivers of input at the price where each begins and ends. */
function slivers(curve: PriceCurve, input: number): number {
  const pieces = 4_000;
  let output = 0;
  for (let n = 0; n < pieces; n += 1) {
    const middle = curve.sell(((n + 0.5) * input) / pieces).steepness;
    output += input / pieces / middle ** 2;
  }
  return output;
}

describe('one after the other', () => {
  test('sells what both sell in turn, as steep as both together, for the gas of both', () => {
    fc.assert(
      fc.property(curves, curves, part, (one, other, share) => {
        const [first, second] = [new PriceCurve(one), new PriceCurve(other)];
        const both = inSeries([new PriceCurve(one), new PriceCurve(other)]);
        const most = Math.min(
          first.upTo(end(one)).input,
          first.buy(Math.min(second.upTo(end(other)).input, first.upTo(end(one)).output * 0.999)).input,
        );
        const there = first.sell(most * share);
        const through = second.sell(there.output);
        const found = both.sell(most * share);
        expect(found.output / through.output).toBeCloseTo(1, 8);
        expect(found.steepness / (there.steepness * through.steepness)).toBeCloseTo(1, 8);
        expect(found.gasUsed).toBe(there.gasUsed + through.gasUsed);
        expect(both.buy(found.output).input / found.input).toBeCloseTo(1, 7);
      }),
      { numRuns: 2_000, seed: 1 },
    );
  });
});

describe('side by side', () => {
  test('divides so that all are equally steep: the sums of the parts, and no other division sells more', () => {
    fc.assert(
      fc.property(fc.array(curves, { minLength: 2, maxLength: 4 }), part, part, (some, share, moved) => {
        const alone = some.map((stretches) => new PriceCurve(stretches));
        const together = inParallel(some.map((stretches) => new PriceCurve(stretches)));
        const most = some.reduce((sum, one, n) => sum + (alone[n]?.upTo(end(one)).input ?? 0), 0);
        const found = together.sell(most * share);
        const parts = alone.map((curve) => curve.upTo(found.steepness));
        const sum = (what: 'input' | 'output') => parts.reduce((total, one) => total + one[what], 0);
        expect(sum('input') / found.input).toBeCloseTo(1, 7);
        expect(sum('output') / found.output).toBeCloseTo(1, 7);
        const [from, to] = [parts[0]?.input ?? 0, parts[1]?.input ?? 0];
        const [a, b] = [alone[0], alone[1]];
        const before = (a?.sell(from).output ?? 0) + (b?.sell(to).output ?? 0);
        const after = (a?.sell(from * (1 - moved)).output ?? 0) + (b?.sell(to + from * moved).output ?? 0);
        expect(after).toBeLessThanOrEqual(before * (1 + 1e-9));
      }),
      { numRuns: 2_000, seed: 2 },
    );
  });
});

test('the output is the sum of all prices on the way', () => {
  fc.assert(
    fc.property(curves, part, (stretches, share) => {
      const curve = new PriceCurve(stretches);
      const input = curve.upTo(end(stretches)).input * share;
      expect(slivers(curve, input) / curve.sell(input).output).toBeCloseTo(1, 3);
    }),
    { numRuns: 100, seed: 3 },
  );
});
