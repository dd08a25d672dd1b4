import type { CreditLine } from '../flash/source.ts';
import type { Address, Hex } from '../hex.ts';
import type { Pool } from '../venues/venue.ts';
import { PairMarket } from './pair-market.ts';
import { Route } from './route.ts';

/**
 * Who trades and who lends, at one moment of the target block. A trade gives a new value, so that the next
 * plan of the same bundle meets the pools as the last one leaves them.
 */
export interface Liquidity {
  readonly weth: Address;
  /** All that the pools trade. */
  readonly tokens: readonly Address[];
  /** Direct routes, and those over a hub by its deepest pools. Which they are is found out once a pair. */
  market(tokenIn: Address, tokenOut: Address): PairMarket;
  creditLines(token: Address): readonly CreditLine[];
  after(tradedPools: readonly Pool[]): Liquidity;
}

export function liquidityOf(weth: Address, pools: readonly Pool[], lines: readonly CreditLine[]): Liquidity {
  const poolsByPair = Map.groupBy(pools, (pool) => pairOf(pool.tokens[0], pool.tokens[1]));
  const between = (tokenA: Address, tokenB: Address) => poolsByPair.get(pairOf(tokenA, tokenB)) ?? [];
  const hubs = hubsOf(weth, pools);
  const linesByToken = Map.groupBy(lines, (line) => line.token);
  const tokens = [...new Set(pools.flatMap((pool) => pool.tokens))];
  return stateOf(
    { weth, tokens, creditLines: (token) => linesByToken.get(token) ?? [] },
    (tokenIn, tokenOut) => new PairMarket(tokenIn, tokenOut, routesFrom(tokenIn, tokenOut, hubs, between)),
  );
}

/** @param market as it is before any trade in this state; asked once a pair */
function stateOf(
  lasting: Pick<Liquidity, 'weth' | 'tokens' | 'creditLines'>,
  market: Liquidity['market'],
): Liquidity {
  const known = new Map<Address, Map<Address, PairMarket>>();
  const remembered = (tokenIn: Address, tokenOut: Address): PairMarket => {
    const fromHere = known.get(tokenIn) ?? new Map<Address, PairMarket>();
    known.set(tokenIn, fromHere);
    const found = fromHere.get(tokenOut) ?? market(tokenIn, tokenOut);
    fromHere.set(tokenOut, found);
    return found;
  };
  return {
    ...lasting,
    market: remembered,
    after(tradedPools) {
      const traded: ReadonlyMap<Hex, Pool> = new Map(tradedPools.map((pool) => [pool.id, pool]));
      return stateOf(lasting, (tokenIn, tokenOut) => remembered(tokenIn, tokenOut).after(traded));
    },
  };
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

function routesFrom(
  tokenIn: Address,
  tokenOut: Address,
  hubs: readonly Address[],
  between: (tokenA: Address, tokenB: Address) => readonly Pool[],
): readonly Route[] {
  if (tokenIn === tokenOut) return [];
  const direct = between(tokenIn, tokenOut).map((pool) => new Route([pool], [tokenIn, tokenOut]));
  const over = hubs
    .filter((hub) => hub !== tokenIn && hub !== tokenOut)
    .flatMap((hub) =>
      deepest(between(tokenIn, hub), tokenIn).flatMap((first) =>
        deepest(between(hub, tokenOut), hub).map(
          (second) => new Route([first, second], [tokenIn, hub, tokenOut]),
        ),
      ),
    );
  return [...direct, ...over];
}

const deepest = (pools: readonly Pool[], tokenIn: Address): readonly Pool[] =>
  pools
    .map((pool) => ({ pool, depth: depthOf(pool, tokenIn) }))
    .filter(({ depth }) => depth > 0)
    .sort((a, b) => b.depth - a.depth)
    .slice(0, POOLS_A_HOP)
    .map(({ pool }) => pool);

/** What moves the price by one percent; 0 where the pool takes nothing. */
function depthOf(pool: Pool, tokenIn: Address): number {
  const curve = pool.priceCurve(tokenIn);
  return curve.steepness === Number.POSITIVE_INFINITY ? 0 : curve.upTo(curve.steepness * 1.005).input;
}
