import { MAX_TICK } from '../../../lib/venues/concentrated-liquidity/tick-math.ts';
import type { Pair } from './brute-force.ts';
import type { World, WorldToken } from './world.ts';

/** Raw units of a token that are worth so many US dollars. */
export const amountOf = ({ decimals, priceUsd }: WorldToken, usd: number): bigint =>
  (BigInt(Math.round((usd / priceUsd) * 1e12)) * 10n ** BigInt(decimals)) / 10n ** 12n;

/** As a feed says it, with 8 decimals. */
export const priceBase8 = ({ priceUsd }: WorldToken): bigint => BigInt(Math.round(priceUsd * 1e8));

/** US dollars of one raw unit. */
export const rawPrice = ({ priceUsd, decimals }: WorldToken): number => priceUsd / 10 ** decimals;

/** Of a pool of these two whose price is so many times that of the feeds. */
export const sqrtPriceX96Of = (token0: WorldToken, token1: WorldToken, ratio: number): bigint =>
  BigInt(Math.round(Math.sqrt((rawPrice(token0) / rawPrice(token1)) * ratio) * 2 ** 96));

/** In raw units. */
export function debtOf({ tokens, debtUsd }: World, id: number): bigint {
  const token = tokens[id];
  return token === undefined ? 0n : amountOf(token, debtUsd.get(id) ?? 0);
}

export const gasPriceWeiOf = ({ gasPriceGwei }: World): bigint => BigInt(Math.round(gasPriceGwei * 1e9));

/** Every debt with every collateral. */
export const pairsOf = ({ debtUsd, collateralUsd }: World): readonly Pair[] =>
  [...debtUsd.keys()].flatMap((debtId) =>
    [...collateralUsd.keys()].map((collateralId) => ({ debtId, collateralId })),
  );

/** The tick at or next to this price. */
export const tickNear = (sqrtPriceX96: bigint): number =>
  Math.floor((2 * Math.log(Number(sqrtPriceX96) / 2 ** 96)) / Math.log(1.0001));

/** Ends of a position on the grid of ticks; all prices without a width. */
export function rangeOf(
  middle: number,
  halfWidth: number | undefined,
  spacing: number,
): readonly [number, number] {
  if (halfWidth === undefined) {
    const last = Math.floor(MAX_TICK / spacing) * spacing;
    return [-last, last];
  }
  const lower = Math.floor((middle - halfWidth) / spacing) * spacing;
  return [lower, Math.max(Math.ceil((middle + halfWidth) / spacing) * spacing, lower + spacing)];
}
