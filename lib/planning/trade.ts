import type { Call } from '../call.ts';
import type { Address, Hex } from '../hex.ts';
import type { Pool } from '../venues/venue.ts';
import type { Liquidity } from './liquidity.ts';
import { disjoint, inSequence, type Leg, legsOf, marginalPrice, type Route, type Side } from './route.ts';
import { equalised, Market, type Part } from './split.ts';

/** A sale or purchase, exact. */
export interface Trade {
  readonly amountIn: bigint;
  readonly amountOut: bigint;
  /** What comes first in a route comes first here. */
  readonly legs: readonly Leg[];
  /** Swaps one after the other. Only the plan that is chosen is worth encoding. */
  encode(): readonly Call[];
  readonly gasUsed: bigint;
  readonly poolsAfter: readonly Pool[];
}

/** One market for trades of one direction: a route, or several of them together. */
export interface Exchange {
  readonly pools: readonly Pool[];
  /** `undefined` where the market does not take, or give, this amount. */
  trade(amount: bigint): Trade | undefined;
  /** What an amount would trade for if trading moved no price: a sale fetches no more, a purchase costs no less. */
  bestFor(amount: bigint): bigint;
}

/** What is traded, about how much of it at most, and what must not be touched. */
export interface Order {
  readonly side: Side;
  readonly tokenIn: Address;
  readonly tokenOut: Address;
  /** Of `tokenIn` for a sale, of `tokenOut` for a purchase. */
  readonly most: bigint;
  /** Pools, by id, and contracts, by address, that are in use already. */
  readonly without?: ReadonlySet<Hex>;
  /** For swaps inside each other: no contract is called twice. */
  readonly isNested?: boolean;
}

/** Every market for it: the best routes by themselves, then the best ones together. */
export function exchangesFor(order: Order, { routesBetween }: Liquidity): readonly Exchange[] {
  const { side, tokenIn, tokenOut, most, without = new Set(), isNested = false } = order;
  if (tokenIn === tokenOut) return [keep];
  const routes = routesBetween(tokenIn, tokenOut).filter(
    ({ pools }) =>
      pools.every((pool) => !without.has(pool.id) && !without.has(pool.address)) &&
      (!isNested || new Set(pools.map(({ address }) => address)).size === pools.length),
  );
  const ranked = [
    ...rankedBy(routes, side, most).slice(0, BEST_AT_MOST),
    ...rankedBelow(routes, side, most / 20n).slice(0, BEST_AT_LESS),
  ];
  const together = disjoint([...new Set([...ranked, ...rankedBy(routes, side, most / 4n)])], (pool) =>
    isNested ? pool.address : pool.id,
  ).slice(0, MOST_TOGETHER);
  return [
    ...[...new Set(ranked)].map((route) => alone(route, side)),
    ...(together.length > 2 ? [splitOver(together.slice(0, 2), side)] : []),
    ...(together.length > 1 ? [splitOver(together, side)] : []),
  ].map(remembering);
}

/** Many ways ask one market for the same amount. */
function remembering(exchange: Exchange): Exchange {
  const known = new Map<bigint, Trade | undefined>();
  return {
    ...exchange,
    trade(amount) {
      if (!known.has(amount)) known.set(amount, exchange.trade(amount));
      return known.get(amount);
    },
  };
}

const BEST_AT_MOST = 2;
const BEST_AT_LESS = 2;
const MOST_TOGETHER = 5;

/** What `amountIn` of `tokenIn` would fetch at the route's present price, rounded up. */
function mostOut({ pools, path }: Route, amountIn: bigint): bigint {
  return pools.reduce(
    (amount, pool, hop) => (amount * (pool.marginalPriceX96(path[hop] ?? '') + 1n)) / Q96 + 1n,
    amountIn,
  );
}

/** What `amountOut` would cost at the route's present price, rounded down. */
function leastIn({ pools, path }: Route, amountOut: bigint): bigint {
  return pools.reduceRight(
    (amount, pool, hop) => (amount * Q96) / (pool.marginalPriceX96(path[hop] ?? '') + 1n),
    amountOut,
  );
}

/** The last state of every pool that either trade touched. */
export function combined(first: readonly Pool[], second: readonly Pool[]): readonly Pool[] {
  return [...new Map([...first, ...second].map((pool) => [pool.id, pool])).values()];
}

const Q96 = 1n << 96n;

const nothing: Trade = {
  ...{ amountIn: 0n, amountOut: 0n, gasUsed: 0n },
  ...{ legs: [], poolsAfter: [], encode: () => [] },
};

/** The token stays what it is. */
const keep: Exchange = {
  pools: [],
  trade: (amount) => ({ ...nothing, amountIn: amount, amountOut: amount }),
  bestFor: (amount) => amount,
};

/** The best first; of several routes, those that do not take the amount are left out. */
function rankedBy(routes: readonly Route[], side: Side, amount: bigint): readonly Route[] {
  if (routes.length < 2) return routes;
  return routes
    .flatMap((route) => {
      const legs = legsOf(route, side, amount);
      return legs === undefined ? [] : [{ route, value: side === 'sell' ? outOf(legs) : -intoOf(legs) }];
    })
    .sort((a, b) => (a.value > b.value ? -1 : 1))
    .map(({ route }) => route);
}

/** By the largest of ever smaller amounts that some route takes: pools may be far too shallow for a whale. */
function rankedBelow(routes: readonly Route[], side: Side, amount: bigint): readonly Route[] {
  const ranked = rankedBy(routes, side, amount);
  return ranked.length > 0 || amount === 0n ? ranked : rankedBelow(routes, side, amount / 20n);
}

function alone(route: Route, side: Side): Exchange {
  return {
    pools: route.pools,
    trade(amount) {
      if (amount === 0n) return nothing;
      const legs = legsOf(route, side, amount);
      return legs && tradeOf(side, [legs]);
    },
    bestFor: (amount) => (side === 'sell' ? mostOut(route, amount) : leastIn(route, amount)),
  };
}

interface RoutePart extends Part {
  readonly legs: readonly Leg[];
}

function splitOver(routes: readonly Route[], side: Side): Exchange {
  const markets = routes.map((route) => marketOf(route, side));
  const best = (a: bigint, b: bigint) => ((side === 'sell' ? a > b : a < b) ? a : b);
  return {
    pools: routes.flatMap(({ pools }) => pools),
    trade(amount) {
      if (amount === 0n) return nothing;
      const parts = equalised(amount, markets);
      return (
        parts &&
        tradeOf(
          side,
          parts.flatMap((part) => (part === undefined ? [] : [part.legs])),
        )
      );
    },
    bestFor: (amount) =>
      routes.map((route) => (side === 'sell' ? mostOut(route, amount) : leastIn(route, amount))).reduce(best),
  };
}

/** Of x·y = k, the root of the price falls in proportion to what is taken, its inverse grows with what is paid. */
function marketOf(route: Route, side: Side): Market<RoutePart> {
  const steepness = (pools: readonly Pool[]) => {
    const root = Math.sqrt(marginalPrice(route, pools));
    return side === 'sell' ? 1 / root : -root;
  };
  return new Market(steepness(route.pools), (amount) => {
    const legs = legsOf(route, side, amount);
    return legs && { legs, steepness: steepness(legs.map(({ poolAfter }) => poolAfter)) };
  });
}

function tradeOf(side: Side, routes: readonly (readonly Leg[])[]): Trade {
  const legs = routes.flat();
  return {
    amountIn: routes.reduce((sum, route) => sum + intoOf(route), 0n),
    amountOut: routes.reduce((sum, route) => sum + outOf(route), 0n),
    legs,
    encode: () => (side === 'sell' ? sellingAll(legs) : inSequence(legs, side)),
    gasUsed: legs.reduce((sum, { gasUsed }) => sum + gasUsed, 0n),
    poolsAfter: legs.map(({ poolAfter }) => poolAfter),
  };
}

/** The last swap of what is held takes what is there: not a unit stays behind. */
function sellingAll(legs: readonly Leg[]): readonly Call[] {
  const last = legs.findLastIndex(({ tokenIn }) => tokenIn === legs[0]?.tokenIn);
  return legs.flatMap((leg, index) =>
    index === last ? [leg.pool.encodeSellBalance(leg.tokenIn, leg.amountIn)] : inSequence([leg], 'sell'),
  );
}

const intoOf = (legs: readonly Leg[]): bigint => legs[0]?.amountIn ?? 0n;
const outOf = (legs: readonly Leg[]): bigint => legs.at(-1)?.amountOut ?? 0n;
