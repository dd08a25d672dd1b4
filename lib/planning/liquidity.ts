import type { Address, Hex } from '../domain.ts';
import type { CreditLine } from '../flash/source.ts';
import type { Pool } from '../venues/venue.ts';

/**
 * Who trades and who lends, at one moment of the target block. A trade gives a new value, so that the next
 * plan of the same bundle meets the pools as the last one leaves them.
 */
export interface Liquidity {
  readonly weth: Address;
  poolsBetween(tokenA: Address, tokenB: Address): readonly Pool[];
  creditLines(token: Address): readonly CreditLine[];
  after(tradedPools: readonly Pool[]): Liquidity;
}

export function liquidityOf(weth: Address, pools: readonly Pool[], lines: readonly CreditLine[]): Liquidity {
  const poolsByPair = Map.groupBy(pools, (pool) => pairOf(pool.tokens[0], pool.tokens[1]));
  const linesByToken = Map.groupBy(lines, (line) => line.token);
  const at = (traded: ReadonlyMap<Hex, Pool>): Liquidity => ({
    weth,
    poolsBetween: (tokenA, tokenB) =>
      (poolsByPair.get(pairOf(tokenA, tokenB)) ?? []).map((pool) => traded.get(pool.id) ?? pool),
    creditLines: (token) => linesByToken.get(token) ?? [],
    after: (tradedPools) => at(new Map([...traded, ...tradedPools.map((pool) => [pool.id, pool] as const)])),
  });
  return at(new Map());
}

const pairOf = (tokenA: Address, tokenB: Address): string =>
  tokenA < tokenB ? `${tokenA}${tokenB}` : `${tokenB}${tokenA}`;
