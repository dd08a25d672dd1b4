import type { Prices } from './prices.ts';
import { priceOf, type TokenInfo } from './tokens.ts';

const Q192 = 1n << 192n;

/** Where a Uniswap V3 pool of these two stands when it agrees with the feeds, rounded down. */
export function sqrtPriceX96At(token0: TokenInfo, token1: TokenInfo, prices: Prices): bigint {
  const numerator = priceOf(token0.symbol, prices) * 10n ** BigInt(token1.decimals);
  const denominator = priceOf(token1.symbol, prices) * 10n ** BigInt(token0.decimals);
  return squareRoot((numerator * Q192) / denominator);
}

/** The tick at or next to this price; good enough to place liquidity by. */
export function tickNear(sqrtPriceX96: bigint): number {
  return Math.floor((2 * Math.log(Number(sqrtPriceX96) / 2 ** 96)) / Math.log(1.0001));
}

/** Ticks between a price and `factor` times it. */
export const ticksOfFactor = (factor: number): number => Math.log(factor) / Math.log(1.0001);

/** floor(√value), by Newton's method from above. */
export function squareRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let root = 1n << BigInt((value.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}
