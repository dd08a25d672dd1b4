import type { Address, Call } from '../domain.ts';
import type { Pool, SwapQuote } from '../venues/venue.ts';
import type { Liquidity } from './liquidity.ts';

/** A sale or purchase against WETH through the best pool. */
export interface Trade {
  readonly amountIn: bigint;
  readonly amountOut: bigint;
  /** Only the plan that is chosen is worth encoding. */
  encode(): readonly Call[];
  readonly gasUsed: bigint;
  readonly poolsAfter: readonly Pool[];
}

/** WETH stays WETH. */
export const keep = (amount: bigint): Trade => ({
  amountIn: amount,
  amountOut: amount,
  encode: () => [],
  gasUsed: 0n,
  poolsAfter: [],
});

/** Sells the executor's whole balance, expected to be `amount`; `undefined` where no pool takes it. */
export function sellForWeth(token: Address, amount: bigint, liquidity: Liquidity): Trade | undefined {
  if (token === liquidity.weth || amount === 0n) return keep(token === liquidity.weth ? amount : 0n);
  const offers = quotes(liquidity.poolsBetween(token, liquidity.weth), (pool) =>
    pool.quoteExactIn(token, amount),
  );
  const best = offers.reduce<Offer | undefined>(
    (a, b) => (a && a.swap.amountOut >= b.swap.amountOut ? a : b),
    undefined,
  );
  return best && trade(best, () => best.pool.encodeSellBalance(token, amount));
}

/** Buys exactly `amount` of `token`; `undefined` where no pool gives it. */
export function buyWithWeth(token: Address, amount: bigint, liquidity: Liquidity): Trade | undefined {
  if (token === liquidity.weth) return keep(amount);
  const offers = quotes(liquidity.poolsBetween(token, liquidity.weth), (pool) =>
    pool.quoteExactOut(token, amount),
  );
  const best = offers.reduce<Offer | undefined>(
    (a, b) => (a && a.swap.amountIn <= b.swap.amountIn ? a : b),
    undefined,
  );
  return best && trade(best, () => best.pool.encodeExactOut(token, amount, []));
}

/** The last state of every pool that either trade touched. */
export function combined(first: readonly Pool[], second: readonly Pool[]): readonly Pool[] {
  return [...new Map([...first, ...second].map((pool) => [pool.id, pool])).values()];
}

interface Offer {
  readonly pool: Pool;
  readonly swap: SwapQuote;
}

function quotes(pools: readonly Pool[], quote: (pool: Pool) => SwapQuote | undefined): readonly Offer[] {
  return pools.flatMap((pool) => {
    const swap = quote(pool);
    return swap ? [{ pool, swap }] : [];
  });
}

function trade({ swap }: Offer, encodeCall: () => Call): Trade {
  return {
    amountIn: swap.amountIn,
    amountOut: swap.amountOut,
    encode: () => [encodeCall()],
    gasUsed: swap.gasUsed,
    poolsAfter: [swap.poolAfter],
  };
}
