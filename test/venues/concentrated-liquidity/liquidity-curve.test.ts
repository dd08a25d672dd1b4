import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LiquidityCurve } from '../../../lib/venues/concentrated-liquidity/liquidity-curve.ts';
import { getSqrtRatioAtTick } from '../../../lib/venues/concentrated-liquidity/tick-math.ts';
import { tickWindow, wordsAround } from '../../../lib/venues/concentrated-liquidity/tick-window.ts';

// What a curve trades is proven against the real pools; here what no contract tells: its marginal price, and
// where it ends.

const FEES = { zeroForOne: 3_000n, oneForZero: 3_000n };

interface Position {
  readonly lower: number;
  readonly upper: number;
  readonly liquidity: bigint;
}

function curveAt(tick: number, positions: readonly Position[]): LiquidityCurve {
  const initialised = new Map<number, bigint>();
  const add = (at: number, net: bigint) => initialised.set(at, (initialised.get(at) ?? 0n) + net);
  for (const { lower, upper, liquidity } of positions) {
    add(lower, liquidity);
    add(upper, -liquidity);
  }
  const words = wordsAround(tick, 10, 3_000);
  const ticks = [...initialised].map(([at, liquidityNet]) => ({ tick: at, liquidityNet }));
  const read = ticks.filter(
    ({ tick: at }) => at >= words.firstWord * 2_560 && at < (words.lastWord + 1) * 2_560,
  );
  const window = tickWindow(words, 10, read);
  const active = positions.filter(({ lower, upper }) => lower <= tick && tick < upper);
  const liquidity = active.reduce((sum, position) => sum + position.liquidity, 0n);
  return new LiquidityCurve(window, FEES, { sqrtPriceX96: getSqrtRatioAtTick(tick), liquidity, tick });
}

/** All that the curve takes, in slices that are halved when one is refused. */
function sellAll(curve: LiquidityCurve, firstSlice: bigint): bigint {
  let sold = 0n;
  let current = curve;
  for (let slice = firstSlice; slice > 0n; ) {
    const trade = current.exactIn(true, slice);
    if (trade === undefined) slice /= 2n;
    else {
      sold += slice;
      current = trade.after;
    }
  }
  return sold;
}

const wide = { lower: -2_000, upper: 2_000, liquidity: 10n ** 24n };
const narrow = { lower: -300, upper: 200, liquidity: 10n ** 25n };

describe('marginal price', () => {
  const GAS = { swap: 0, tick: 0, edge: 0 };
  const priceOf = (curve: LiquidityCurve, down: boolean) => curve.priceCurve(down, GAS).steepness ** -2;

  test('at a price of 1 is 1 less the fee', () => {
    const curve = curveAt(0, [wide]);
    expect(priceOf(curve, true)).toBeCloseTo(0.997, 12);
    expect(priceOf(curve, false)).toBeCloseTo(0.997, 12);
  });

  test('bounds every sale: the average lies between it before and it after', () => {
    const amounts = fc.bigInt(10n ** 12n, 10n ** 24n);
    fc.assert(
      fc.property(fc.integer({ min: -1_500, max: 1_500 }), fc.boolean(), amounts, (tick, down, amountIn) => {
        const curve = curveAt(tick, [wide, narrow]);
        const trade = curve.exactIn(down, amountIn);
        fc.pre(trade !== undefined);
        const [input, output] = [Number(amountIn), Number(trade.amountOut)];
        const slack = 20 + output * 1e-12;
        expect(output - slack).toBeLessThanOrEqual(priceOf(curve, down) * input);
        expect(output + slack).toBeGreaterThanOrEqual(priceOf(trade.after, down) * input - slack);
      }),
      { numRuns: 500, seed: 1 },
    );
  });

  test('in a gap is that of the liquidity beyond it', () => {
    const sides = [
      { lower: -1_000, upper: -500, liquidity: 10n ** 24n },
      { lower: 500, upper: 1_000, liquidity: 10n ** 24n },
    ];
    const edge = Number(getSqrtRatioAtTick(-500)) / 2 ** 96;
    expect(priceOf(curveAt(0, sides), true)).toBeCloseTo(edge ** 2 * 0.997, 12);
    expect(priceOf(curveAt(-2_500, sides), true)).toBe(0);
  });
});

describe('the end of what was read', () => {
  const amount = 10n ** 27n;

  test('is a refusal, not a guess', () => {
    const curve = curveAt(0, [{ ...wide, lower: -800_000, upper: 800_000 }]);
    expect(curve.exactIn(true, amount)).toBeUndefined();
    expect(curve.exactIn(false, amount)).toBeUndefined();
    expect(curve.exactOut(true, amount)).toBeUndefined();
  });

  test('comes at the same total, whether sold in one trade or in many', () => {
    const curve = curveAt(0, [{ ...wide, lower: -800_000, upper: 800_000 }]);
    const [once, sliced] = [sellAll(curve, 2n ** 80n), sellAll(curve, 2n ** 74n)];
    expect(once).toBeGreaterThan(10n ** 22n);
    expect(Math.abs(Number(once - sliced))).toBeLessThan(1_000);
  });

  test('nothing is not a trade', () => {
    const curve = curveAt(0, [wide]);
    expect(curve.exactIn(true, 0n)).toBeUndefined();
    expect(curve.exactOut(true, 0n)).toBeUndefined();
  });
});
