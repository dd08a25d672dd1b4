import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bestWithGas, type Paid } from '../../lib/planning/gas-steps.ts';

/** A sale that crosses a tick after every `width`, each for `tickWei` of gas; worth most without gas at `peak`. */
function saleOver(peak: number, width: number, tickWei: number) {
  return (size: bigint): Paid => {
    const ticks = Math.floor((Number(size) - 1) / width);
    const gross = Number(size) * (2 * peak - Number(size));
    return { size, gasUsed: BigInt(ticks), netWei: BigInt(gross - ticks * tickWei) };
  };
}

test('ends right before the tick that is not worth its gas, wherever that is', () => {
  let movedBack = 0;
  fc.assert(
    fc.property(
      fc.integer({ min: 1_000_000, max: 3_000_000 }),
      fc.integer({ min: 20_000, max: 400_000 }),
      fc.integer({ min: 0, max: 200_000_000_000 }),
      (peak, width, tickWei) => {
        const at = saleOver(peak, width, tickWei);
        const ends = Array.from({ length: Math.floor(peak / width) }, (_, n) => (n + 1) * width);
        const best = [peak, ...ends].map((size) => at(BigInt(size)).netWei).reduce((a, b) => (a > b ? a : b));
        const found = bestWithGas(at(1n), at(BigInt(peak)), at, BigInt(tickWei));
        if (found.size < BigInt(peak)) movedBack += 1;
        expect(found.netWei).toBeGreaterThanOrEqual(best - best / 10_000n);
        expect(found.size).toBeLessThanOrEqual(BigInt(peak));
      },
    ),
    { numRuns: 1_000, seed: 3 },
  );
  expect(movedBack).toBeGreaterThan(300);
});

test('one look back where even the last tick is worth crossing', () => {
  const sizes = new Set<bigint>();
  const at = saleOver(1_000_000, 900_000, 1);
  const looked = (size: bigint) => {
    sizes.add(size);
    return at(size);
  };
  bestWithGas(at(1n), at(1_000_000n), looked, 1n);
  expect(sizes.size).toBeLessThan(25);
});
