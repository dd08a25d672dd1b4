import type { Call } from '../call.ts';
import type { Address, Hex } from '../hex.ts';
import type { PriceCurve } from '../venues/price-curve.ts';
import type { Pool } from '../venues/venue.ts';
import { inSeries } from './curves.ts';

/** Pools in a row, in one state: each takes what the one before it gives. */
export class Route {
  readonly pools: readonly Pool[];
  /** One more than pools: what comes in, what passes from pool to pool, what comes out. */
  readonly path: readonly Address[];
  #curve: PriceCurve | undefined;

  constructor(pools: readonly Pool[], path: readonly Address[]) {
    this.pools = pools;
    this.path = path;
  }

  get curve(): PriceCurve {
    this.#curve ??= inSeries(this.pools.map((pool, hop) => pool.priceCurve(this.path[hop] ?? '')));
    return this.#curve;
  }
}

/** One swap of a trade, exact. */
export interface Leg {
  readonly pool: Pool;
  readonly tokenIn: Address;
  readonly tokenOut: Address;
  readonly amountIn: bigint;
  readonly amountOut: bigint;
  readonly gasUsed: bigint;
  readonly poolAfter: Pool;
}

/** Which side of a trade is given; the other one is what the market makes of it. */
export type Side = 'sell' | 'buy';

/** The legs of one trade along a route, first to last; `undefined` where a pool does not take part. */
export function legsOf(route: Route, side: Side, amount: bigint): readonly Leg[] | undefined {
  return side === 'sell' ? sold(route, amount) : bought(route, amount);
}

/** One after the other, each paid out of what the executor holds. */
export const inSequence = (legs: readonly Leg[], side: Side): readonly Call[] =>
  legs.map((leg) => callOf(leg, side, []));

/**
 * One inside the other: every pool pays out before anything is paid, `innermost` runs, then each is paid in what
 * the one inside it gave. The first leg of a route is inside the later ones.
 */
export const nested = (legs: readonly Leg[], side: Side, innermost: readonly Call[]): readonly Call[] =>
  legs.reduce<readonly Call[]>((inner, leg) => [callOf(leg, side, inner)], innermost);

/** No two of them change each other's price: the first ones take precedence. */
export function disjoint(routes: readonly Route[], by: (pool: Pool) => Hex): readonly Route[] {
  const taken = new Set<Hex>();
  return routes.filter(({ pools }) => {
    const keys = pools.map(by);
    if (keys.some((key) => taken.has(key))) return false;
    for (const key of keys) taken.add(key);
    return true;
  });
}

function sold({ pools, path }: Route, amountIn: bigint): readonly Leg[] | undefined {
  const legs: Leg[] = [];
  let amount = amountIn;
  for (const [hop, pool] of pools.entries()) {
    const [tokenIn = '', tokenOut = ''] = [path[hop], path[hop + 1]];
    const quote = pool.quoteExactIn(tokenIn, amount);
    if (quote === undefined) return undefined;
    legs.push({ ...quote, pool, tokenIn, tokenOut });
    amount = quote.amountOut;
  }
  return legs;
}

function bought({ pools, path }: Route, amountOut: bigint): readonly Leg[] | undefined {
  const legs: Leg[] = [];
  let amount = amountOut;
  for (const [hop, pool] of [...pools.entries()].reverse()) {
    const [tokenIn = '', tokenOut = ''] = [path[hop], path[hop + 1]];
    const quote = pool.quoteExactOut(tokenOut, amount);
    if (quote === undefined) return undefined;
    legs.unshift({ ...quote, pool, tokenIn, tokenOut });
    amount = quote.amountIn;
  }
  return legs;
}

const callOf = ({ pool, tokenIn, tokenOut, amountIn, amountOut }: Leg, side: Side, inner: readonly Call[]) =>
  side === 'sell'
    ? pool.encodeExactIn(tokenIn, amountIn, inner)
    : pool.encodeExactOut(tokenOut, amountOut, inner);
