import type { Address } from '../../hex.ts';
import { divUp } from '../../math/fixed-point.ts';
import { FACTOR_SCALE, fitsUint256, mulFactor, presentValueBorrow, presentValueSupply } from './math.ts';
import type { AssetInfo, PricedComet } from './state.ts';

export type Purchase =
  | { readonly executed: true; readonly collateralAmount: bigint; readonly marketAfter: PricedComet }
  | { readonly executed: false; readonly reason: PurchaseRefusal };

/** The names of `CometMainInterface.sol`'s errors; `panic` is Solidity's own. */
export type PurchaseRefusal =
  | 'Paused'
  | 'NotForSale'
  | 'BadAsset'
  | 'BadPrice'
  | 'TooMuchSlippage'
  | 'InsufficientReserves'
  | 'panic';

/** `Comet.sol#getReserves`: base tokens that are nobody's, below 0 where there are too few for everybody. */
export const reservesOf = ({ totals, holdings }: PricedComet): bigint =>
  holdings.base -
  presentValueSupply(totals.totalSupplyBase, totals) +
  presentValueBorrow(totals.totalBorrowBase, totals);

/** `Comet.sol#getCollateralReserves` */
export function collateralReservesOf({ holdings }: PricedComet, asset: Address): bigint {
  const holding = holdings.collateral.get(asset);
  return holding === undefined ? 0n : holding.held - holding.totalSupplyAsset;
}

/** Collateral is sold only while the reserves are below their target. */
export const isForSale = (market: PricedComet): boolean =>
  !market.comet.isBuyPaused && reservesOf(market) < market.comet.targetReserves;

/** `Comet.sol#buyCollateral`, to the wei; the base tokens are there. */
export function buyCollateral(
  market: PricedComet,
  asset: Address,
  baseAmount: bigint,
  minAmount: bigint,
): Purchase {
  if (market.comet.isBuyPaused) return refused('Paused');
  if (!isForSale(market)) return refused('NotForSale');
  const info = market.comet.assets.find((one) => one.asset === asset);
  if (info === undefined) return refused('BadAsset');
  const terms = saleTerms(market, info);
  if (terms === undefined) return refused('BadPrice');
  const collateralAmount = quoteCollateral(terms, baseAmount);
  if (collateralAmount === undefined) return refused('panic');
  if (collateralAmount < minAmount) return refused('TooMuchSlippage');
  if (collateralAmount > collateralReservesOf(market, asset)) return refused('InsufficientReserves');
  return { executed: true, collateralAmount, marketAfter: sold(market, asset, baseAmount, collateralAmount) };
}

const refused = (reason: PurchaseRefusal): Purchase => ({ executed: false, reason });

function sold(
  { holdings, ...market }: PricedComet,
  asset: Address,
  base: bigint,
  amount: bigint,
): PricedComet {
  const { held = 0n, totalSupplyAsset = 0n } = holdings.collateral.get(asset) ?? {};
  const collateral = new Map(holdings.collateral).set(asset, { held: held - amount, totalSupplyAsset });
  return { ...market, holdings: { base: holdings.base + base, collateral } };
}

/** At what one asset is sold. */
export interface SaleTerms {
  readonly basePrice: bigint;
  readonly baseScale: bigint;
  readonly discountedPrice: bigint;
  readonly scale: bigint;
}

/** `undefined` where a price is refused. */
export function saleTerms({ comet, priceOf }: PricedComet, info: AssetInfo): SaleTerms | undefined {
  const { priceFeed, scale, liquidationFactor } = info;
  const [price, basePrice] = [priceOf(priceFeed), priceOf(comet.basePriceFeed)];
  if (price === undefined || basePrice === undefined) return undefined;
  const isDiscounted = !(comet.skipsZeroFactors && liquidationFactor === 0n);
  const discount = mulFactor(comet.storeFrontPriceFactor, FACTOR_SCALE - liquidationFactor);
  const discountedPrice = isDiscounted ? mulFactor(price, FACTOR_SCALE - discount) : price;
  return { basePrice, baseScale: comet.baseScale, discountedPrice, scale };
}

/** `Comet.sol#quoteCollateral`, rounded down twice; `undefined` where it divides by zero or overflows. */
export function quoteCollateral(terms: SaleTerms, baseAmount: bigint): bigint | undefined {
  const { basePrice, baseScale, discountedPrice, scale } = terms;
  const value = basePrice * baseAmount * scale;
  if (discountedPrice === 0n || !fitsUint256(value)) return undefined;
  return value / discountedPrice / baseScale;
}

/** The least base amount that buys the most of `available` that can be bought; 0 where that is nothing. */
export function costOf(terms: SaleTerms, available: bigint): bigint {
  const { basePrice, baseScale, discountedPrice, scale } = terms;
  const cost = divUp(available * baseScale * discountedPrice, basePrice * scale);
  const bought = quoteCollateral(terms, cost);
  if (bought === undefined) return 0n;
  // Where a raw unit of base buys many of collateral, the last one may buy more than there is.
  return bought <= available ? cost : cost - 1n;
}
