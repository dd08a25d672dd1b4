import type { Address, Call } from '../domain.ts';
import type { Pool, SwapQuote } from '../venues/venue.ts';
import type { Liquidity } from './liquidity.ts';

/** A sale or purchase against WETH. */
export interface Trade {
  readonly amountIn: bigint;
  readonly amountOut: bigint;
  /** Only the plan that is chosen is worth encoding. */
  encode(): readonly Call[];
  readonly gasUsed: bigint;
  readonly poolsAfter: readonly Pool[];
}

/** One market for trades of one direction. */
export interface Exchange {
  readonly pools: readonly Pool[];
  /** `undefined` where the market does not take, or give, this amount. */
  trade(amount: bigint): Trade | undefined;
  /** What an amount would trade for if trading moved no price: a sale fetches no more, a purchase costs no less. */
  bestFor(amount: bigint): bigint;
}

/** Every market that sells the executor's whole balance of `token`, expected to be the amount. */
export function salesForWeth(token: Address, { weth, poolsBetween }: Liquidity): readonly Exchange[] {
  if (token === weth) return [keep];
  return poolsBetween(token, weth).map((pool) => ({
    pools: [pool],
    trade: (amount) =>
      amount === 0n
        ? nothing
        : traded(pool.quoteExactIn(token, amount), () => pool.encodeSellBalance(token, amount)),
    bestFor: (amount) => mostOut(pool, token, amount),
  }));
}

/** Every market that gives exactly the amount of `token`. */
export function purchasesWithWeth(token: Address, { weth, poolsBetween }: Liquidity): readonly Exchange[] {
  if (token === weth) return [keep];
  return poolsBetween(token, weth).map((pool) => ({
    pools: [pool],
    trade: (amount) =>
      traded(pool.quoteExactOut(token, amount), () => pool.encodeExactOut(token, amount, [])),
    bestFor: (amount) => leastIn(pool, weth, amount),
  }));
}

/** What `amountIn` of `tokenIn` would fetch at the pool's present price, rounded up. */
export const mostOut = (pool: Pool, tokenIn: Address, amountIn: bigint): bigint =>
  (amountIn * (pool.marginalPriceX96(tokenIn) + 1n)) / Q96 + 1n;

/** What `amountOut` of the other token would cost in `tokenIn` at the pool's present price, rounded down. */
export const leastIn = (pool: Pool, tokenIn: Address, amountOut: bigint): bigint =>
  (amountOut * Q96) / (pool.marginalPriceX96(tokenIn) + 1n);

/** The last state of every pool that either trade touched. */
export function combined(first: readonly Pool[], second: readonly Pool[]): readonly Pool[] {
  return [...new Map([...first, ...second].map((pool) => [pool.id, pool])).values()];
}

const Q96 = 1n << 96n;

/** WETH stays WETH. */
const keep: Exchange = {
  pools: [],
  trade: (amount) => ({ ...nothing, amountIn: amount, amountOut: amount }),
  bestFor: (amount) => amount,
};

const nothing: Trade = { amountIn: 0n, amountOut: 0n, encode: () => [], gasUsed: 0n, poolsAfter: [] };

const traded = (swap: SwapQuote | undefined, encodeCall: () => Call): Trade | undefined =>
  swap && {
    amountIn: swap.amountIn,
    amountOut: swap.amountOut,
    encode: () => [encodeCall()],
    gasUsed: swap.gasUsed,
    poolsAfter: [swap.poolAfter],
  };
