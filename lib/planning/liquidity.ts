import type { CreditLine } from '../flash/source.ts';
import type { Address, Hex } from '../hex.ts';
import type { Pool } from '../venues/venue.ts';
import type { Route } from './route.ts';

/**
 * Who trades and who lends, at one moment of the target block. A trade gives a new value, so that the next
 * plan of the same bundle meets the pools as the last one leaves them.
 */
export interface Liquidity {
  readonly weth: Address;
  poolsBetween(tokenA: Address, tokenB: Address): readonly Pool[];
  /** Direct ones, and those over a hub by its deepest pools. Which they are is found out once a pair. */
  routesBetween(tokenIn: Address, tokenOut: Address): readonly Route[];
  creditLines(token: Address): readonly CreditLine[];
  after(tradedPools: readonly Pool[]): Liquidity;
}

export function liquidityOf(weth: Address, pools: readonly Pool[], lines: readonly CreditLine[]): Liquidity {
  const poolsByPair = Map.groupBy(pools, (pool) => pairOf(pool.tokens[0], pool.tokens[1]));
  const linesByToken = Map.groupBy(lines, (line) => line.token);
  const between = (tokenA: Address, tokenB: Address) => poolsByPair.get(pairOf(tokenA, tokenB)) ?? [];
  const table = routeTable(hubsOf(weth, pools), between);
  const at = (traded: ReadonlyMap<Hex, Pool>): Liquidity => {
    const asTraded = (pool: Pool) => traded.get(pool.id) ?? pool;
    return {
      weth,
      poolsBetween: (tokenA, tokenB) => between(tokenA, tokenB).map(asTraded),
      routesBetween: (tokenIn, tokenOut) =>
        table(tokenIn, tokenOut).map((route) => ({ ...route, pools: route.pools.map(asTraded) })),
      creditLines: (token) => linesByToken.get(token) ?? [],
      after: (tradedPools) =>
        at(new Map([...traded, ...tradedPools.map((pool) => [pool.id, pool] as const)])),
    };
  };
  return at(new Map());
}

const pairOf = (tokenA: Address, tokenB: Address): string =>
  tokenA < tokenB ? `${tokenA}${tokenB}` : `${tokenB}${tokenA}`;

/** WETH, and the tokens that most pools trade: in practice the large stable coins. */
const MOST_HUBS = 4;
const POOLS_A_HOP = 2;

function hubsOf(weth: Address, pools: readonly Pool[]): readonly Address[] {
  const counts = new Map<Address, number>();
  for (const token of pools.flatMap((pool) => pool.tokens)) counts.set(token, (counts.get(token) ?? 0) + 1);
  counts.delete(weth);
  const others = [...counts].sort(([, a], [, b]) => b - a).map(([token]) => token);
  return [weth, ...others.slice(0, MOST_HUBS - 1)];
}

type Between = (tokenA: Address, tokenB: Address) => readonly Pool[];

function routeTable(hubs: readonly Address[], between: Between) {
  const known = new Map<string, readonly Route[]>();
  return (tokenIn: Address, tokenOut: Address): readonly Route[] => {
    const key = `${tokenIn}${tokenOut}`;
    const routes = known.get(key) ?? routesFrom(tokenIn, tokenOut, hubs, between);
    known.set(key, routes);
    return routes;
  };
}

function routesFrom(
  tokenIn: Address,
  tokenOut: Address,
  hubs: readonly Address[],
  between: Between,
): readonly Route[] {
  const direct = between(tokenIn, tokenOut).map((pool) => ({ pools: [pool], path: [tokenIn, tokenOut] }));
  const over = hubs
    .filter((hub) => hub !== tokenIn && hub !== tokenOut)
    .flatMap((hub) =>
      deepest(between(tokenIn, hub), tokenIn).flatMap((first) =>
        deepest(between(hub, tokenOut), hub).map((second) => ({
          pools: [first, second],
          path: [tokenIn, hub, tokenOut],
        })),
      ),
    );
  return [...direct, ...over];
}

const deepest = (pools: readonly Pool[], tokenIn: Address): readonly Pool[] =>
  pools
    .map((pool) => ({ pool, depth: depthOf(pool, tokenIn) }))
    .filter(({ depth }) => depth > 0n)
    .sort((a, b) => (a.depth > b.depth ? -1 : 1))
    .slice(0, POOLS_A_HOP)
    .map(({ pool }) => pool);

/** The power of four of `tokenIn` that moves the price by one percent; 0 where the pool takes none. */
function depthOf(pool: Pool, tokenIn: Address): bigint {
  const start = pool.marginalPriceX96(tokenIn);
  for (let amount = 1n; start > 0n; amount *= 4n) {
    const after = pool.quoteExactIn(tokenIn, amount)?.poolAfter.marginalPriceX96(tokenIn);
    if (after === undefined ? amount > LARGEST_DUST : after * 100n < start * 99n) return amount;
  }
  return 0n;
}

/** A pool refuses what fetches nothing, too. */
const LARGEST_DUST = 1n << 64n;
