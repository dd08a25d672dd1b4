import type { Address } from '../hex.ts';

export type TokenPair = readonly [Address, Address];

/** Every two of `tokens`, the lower address first as Uniswap's factories sort them. */
export function tokenPairs(tokens: readonly Address[]): readonly TokenPair[] {
  const sorted = [...new Set(tokens)].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
  return sorted.flatMap((token0, index) =>
    sorted.slice(index + 1).map((token1): TokenPair => [token0, token1]),
  );
}
