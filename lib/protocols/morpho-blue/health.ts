import { mulDivDown, WAD } from '../../math/fixed-point.ts';
import { toAssetsUp, wMulDown } from './math.ts';
import type { Market, Position } from './state.ts';

/** `@morpho-org/morpho-blue@1.0.0 src/libraries/ConstantsLib.sol#ORACLE_PRICE_SCALE` */
export const ORACLE_PRICE_SCALE = 10n ** 36n;

/** One market at one moment: interest added, price known. */
export interface PricedMarket {
  readonly lltv: bigint;
  readonly market: Market;
  /** Raw units of the loan token for one of the collateral, × 1e36. */
  readonly collateralPrice36: bigint;
}

export const borrowTotals = ({ totalBorrowAssets, totalBorrowShares }: Market) => ({
  assets: totalBorrowAssets,
  shares: totalBorrowShares,
});

/** What the position owes, in loan tokens, rounded up. */
export const borrowed = ({ borrowShares }: Position, { market }: PricedMarket): bigint =>
  toAssetsUp(borrowShares, borrowTotals(market));

/** What the collateral lets it owe, rounded down twice. */
export const maxBorrow = ({ collateral }: Position, { collateralPrice36, lltv }: PricedMarket): bigint =>
  wMulDown(mulDivDown(collateral, collateralPrice36, ORACLE_PRICE_SCALE), lltv);

/** `Morpho.sol#_isHealthy`: a position at its limit is healthy, and so is one that owes nothing. */
export const isHealthy = (position: Position, priced: PricedMarket): boolean =>
  maxBorrow(position, priced) >= borrowed(position, priced);

/** Below 1e18 exactly where the position is not healthy; `undefined` where it owes nothing. */
export function healthFactorWad(position: Position, priced: PricedMarket): bigint | undefined {
  const debt = borrowed(position, priced);
  return debt === 0n ? undefined : mulDivDown(maxBorrow(position, priced), WAD, debt);
}
