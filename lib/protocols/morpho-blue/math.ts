import { mulDivDown, mulDivUp, WAD } from '../../math/fixed-point.ts';

/** `@morpho-org/morpho-blue@1.0.0 src/libraries/SharesMathLib.sol`: one asset and a million shares nobody owns. */
const VIRTUAL_SHARES = 10n ** 6n;
const VIRTUAL_ASSETS = 1n;

/** One side of a market, lent or borrowed. */
export interface Totals {
  readonly assets: bigint;
  readonly shares: bigint;
}

export const toSharesDown = (assets: bigint, totals: Totals): bigint =>
  mulDivDown(assets, sharesOf(totals), assetsOf(totals));

export const toSharesUp = (assets: bigint, totals: Totals): bigint =>
  mulDivUp(assets, sharesOf(totals), assetsOf(totals));

export const toAssetsDown = (shares: bigint, totals: Totals): bigint =>
  mulDivDown(shares, assetsOf(totals), sharesOf(totals));

export const toAssetsUp = (shares: bigint, totals: Totals): bigint =>
  mulDivUp(shares, assetsOf(totals), sharesOf(totals));

/** Products of shares with these are what the conversions compute first. */
export const assetsOf = ({ assets }: Totals): bigint => assets + VIRTUAL_ASSETS;
export const sharesOf = ({ shares }: Totals): bigint => shares + VIRTUAL_SHARES;

export const wMulDown = (a: bigint, b: bigint): bigint => mulDivDown(a, b, WAD);

/** `MathLib.sol#wTaylorCompounded`: e^(rate·seconds) − 1, by the first three terms, each rounded down. */
export function wTaylorCompounded(rateWad: bigint, seconds: bigint): bigint {
  const first = rateWad * seconds;
  const second = mulDivDown(first, first, 2n * WAD);
  return first + second + mulDivDown(second, first, 3n * WAD);
}

export const MAX_UINT128 = 2n ** 128n - 1n;
const MAX_UINT256 = 2n ** 256n - 1n;

/** Whether any of these intermediate results makes the contract revert. */
export const overflows = (...values: readonly bigint[]): boolean =>
  values.some((value) => value > MAX_UINT256);
