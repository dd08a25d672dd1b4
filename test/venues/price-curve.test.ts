import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UniswapV2Pool } from '../../lib/venues/uniswap-v2/pool.ts';
import type { Pool, SwapQuote } from '../../lib/venues/venue.ts';
import { Random } from '../support/fuzz/random.ts';
import { inMemory } from '../support/optimiser/in-memory.ts';
import { randomWorld } from '../support/optimiser/world.ts';
import { token } from '../support/synthetic-market.ts';

// Exact quotes are proven against the real pools; floating point is held against the exact quotes.

/** Of a pool of x·y = k, or of concentrated liquidity in up to eighty ranges. */
const pools: fc.Arbitrary<Pool> = fc.oneof(
  fc
    .tuple(fc.bigInt(10n ** 12n, 10n ** 30n), fc.bigInt(10n ** 12n, 10n ** 30n))
    .map(([x, y]) => new UniswapV2Pool(v2Key, [x, y])),
  fc.tuple(fc.integer(), fc.nat()).map(([seed, index]) => {
    const { pools: some } = inMemory(randomWorld(new Random(seed)));
    return some[index % Math.max(some.length, 1)] ?? new UniswapV2Pool(v2Key, [10n ** 20n, 10n ** 20n]);
  }),
);
const v2Key = {
  ...{ venue: 'uniswap-v2', address: token(7), executor: token(9) },
  tokens: [token(1), token(2)] as const,
};

/** A share of what the pool holds in reach, down to a millionth. */
const sizes = fc.double({ min: -6, max: 0, noNaN: true }).map((exponent) => 10 ** exponent);

/** Of amounts, beside the few units of either token that the contract rounds at every tick. */
const PRECISION = 1e-9;

function expectNear(exact: bigint, value: number, unit: number, ticks: number): void {
  const slack = value * PRECISION + (3 + ticks) * Math.max(unit, 1);
  expect(Math.abs(Number(exact) - value), `${exact} and ${value}`).toBeLessThanOrEqual(slack);
}

function expectSame(pool: Pool, side: 'sell' | 'buy', amount: bigint, zeroForOne: boolean): boolean {
  const [tokenIn, tokenOut] = zeroForOne ? pool.tokens : [pool.tokens[1], pool.tokens[0]];
  const quote: SwapQuote | undefined =
    side === 'sell' ? pool.quoteExactIn(tokenIn, amount) : pool.quoteExactOut(tokenOut, amount);
  const point = pool.priceCurve(tokenIn)[side](Number(amount));
  if (quote === undefined || quote.amountIn < 10n ** 6n || quote.amountOut < 10n ** 6n) return false;
  const ticks = (point.gasUsed - 60_000) / 4_000;
  expectNear(quote.amountIn, point.input, point.input / point.output, ticks);
  expectNear(quote.amountOut, point.output, point.output / point.input, ticks);
  expect(point.gasUsed).toBe(Number(quote.gasUsed));
  // A pair's fee joins its reserves, and moves its price for the next trade.
  const after = quote.poolAfter.priceCurve(tokenIn).steepness;
  if (pool.venue !== 'uniswap-v2') expect(Math.abs(after / point.steepness - 1)).toBeLessThan(1e-6);
  return true;
}

test.each(['sell', 'buy'] as const)(
  '%s: amounts, gas and the price afterwards are those of the exact quote',
  (side) => {
    let compared = 0;
    fc.assert(
      fc.property(pools, sizes, fc.boolean(), (pool, share, zeroForOne) => {
        const tokenIn = pool.tokens[zeroForOne ? 0 : 1];
        const curve = pool.priceCurve(tokenIn);
        const within = curve.upTo(curve.steepness * 1.15);
        const amount = BigInt(Math.floor((side === 'sell' ? within.input : within.output) * share));
        if (amount > 0n && expectSame(pool, side, amount, zeroForOne)) compared += 1;
      }),
      { numRuns: 600, seed: 5 },
    );
    expect(compared).toBeGreaterThan(300);
  },
);

test('an empty pool trades nothing, and beyond its end a window gives no more', () => {
  const empty = new UniswapV2Pool(v2Key, [0n, 0n]).priceCurve(token(1));
  expect(empty.steepness).toBe(Number.POSITIVE_INFINITY);
  expect(empty.sell(5)).toMatchObject({ output: 0, steepness: Number.POSITIVE_INFINITY });
  const [pool] = inMemory(randomWorld(new Random(3))).pools;
  const curve = pool?.priceCurve(pool.tokens[0]);
  const all = curve?.sell(1e60);
  expect(all?.steepness).toBe(Number.POSITIVE_INFINITY);
  expect(curve?.sell(1e61).output).toBe(all?.output);
  expect(curve?.buy((all?.output ?? 0) * 1.001).input).toBe(Number.POSITIVE_INFINITY);
});
