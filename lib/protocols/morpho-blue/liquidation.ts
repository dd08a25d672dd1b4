import { max, min, mulDivDown, mulDivUp, WAD } from '../../math/fixed-point.ts';
import { borrowed, borrowTotals, isHealthy, ORACLE_PRICE_SCALE, type PricedMarket } from './health.ts';
import {
  assetsOf,
  MAX_UINT128,
  overflows,
  sharesOf,
  toAssetsDown,
  toAssetsUp,
  toSharesUp,
  wMulDown,
} from './math.ts';
import type { Market, Position } from './state.ts';

/** What a liquidator asks for; exactly one of the two is not 0. */
export interface LiquidationInput {
  readonly seizedAssets: bigint;
  readonly repaidShares: bigint;
}

export type Liquidation =
  | ({ readonly executed: true } & Effects)
  | { readonly executed: false; readonly reason: LiquidationRefusal };

/** The words of `ErrorsLib.sol`; `panic` is Solidity's own, for what overflows or divides by zero. */
export type LiquidationRefusal =
  | 'inconsistent input'
  | 'position is healthy'
  | 'max uint128 exceeded'
  | 'panic';

/** As the `Liquidate` event tells it, and what it leaves. */
export interface Effects {
  readonly repaidAssets: bigint;
  readonly repaidShares: bigint;
  readonly seizedAssets: bigint;
  readonly badDebtAssets: bigint;
  readonly badDebtShares: bigint;
  readonly marketAfter: Market;
  readonly positionAfter: Position;
}

const LIQUIDATION_CURSOR = (3n * WAD) / 10n;
const MAX_LIQUIDATION_INCENTIVE_FACTOR = (115n * WAD) / 100n;

/** min(1.15, 1 / (1 − 0.3·(1 − lltv))), rounded down. */
export const liquidationIncentiveFactor = (lltv: bigint): bigint =>
  min(MAX_LIQUIDATION_INCENTIVE_FACTOR, mulDivDown(WAD, WAD, WAD - wMulDown(LIQUIDATION_CURSOR, WAD - lltv)));

/**
 * `@morpho-org/morpho-blue@1.0.0 src/Morpho.sol#liquidate`, to the wei.
 *
 * @param priced interest already added up to the block's time
 */
export function liquidate(priced: PricedMarket, position: Position, input: LiquidationInput): Liquidation {
  if ((input.seizedAssets === 0n) === (input.repaidShares === 0n)) return refused('inconsistent input');
  if (overflows(position.collateral * priced.collateralPrice36)) return refused('panic');
  if (isHealthy(position, priced)) return refused('position is healthy');
  const amounts = input.seizedAssets > 0n ? bySeizedAssets(priced, input) : byRepaidShares(priced, input);
  return amounts === undefined ? refused('panic') : settled(priced.market, position, amounts);
}

const refused = (reason: LiquidationRefusal): Liquidation => ({ executed: false, reason });

function bySeizedAssets(
  { market, collateralPrice36, lltv }: PricedMarket,
  { seizedAssets }: LiquidationInput,
): LiquidationInput | undefined {
  const totals = borrowTotals(market);
  const quoted = mulDivUp(seizedAssets, collateralPrice36, ORACLE_PRICE_SCALE);
  const assets = mulDivUp(quoted, WAD, liquidationIncentiveFactor(lltv));
  const products = [seizedAssets * collateralPrice36 + ORACLE_PRICE_SCALE - 1n, quoted * WAD];
  if (overflows(...products, assets * sharesOf(totals) + assetsOf(totals))) return undefined;
  return { seizedAssets, repaidShares: toSharesUp(assets, totals) };
}

function byRepaidShares(
  { market, collateralPrice36, lltv }: PricedMarket,
  { repaidShares }: LiquidationInput,
): LiquidationInput | undefined {
  const totals = borrowTotals(market);
  const incentive = liquidationIncentiveFactor(lltv);
  const assets = toAssetsDown(repaidShares, totals);
  const value = wMulDown(assets, incentive);
  const isTooLarge = overflows(
    repaidShares * assetsOf(totals),
    assets * incentive,
    value * ORACLE_PRICE_SCALE,
  );
  if (isTooLarge || collateralPrice36 === 0n) return undefined;
  return { repaidShares, seizedAssets: mulDivDown(value, ORACLE_PRICE_SCALE, collateralPrice36) };
}

function settled(
  before: Market,
  position: Position,
  { repaidShares, seizedAssets }: LiquidationInput,
): Liquidation {
  const totals = borrowTotals(before);
  if (overflows(repaidShares * assetsOf(totals) + sharesOf(totals) - 1n)) return refused('panic');
  if (repaidShares > MAX_UINT128) return refused('max uint128 exceeded');
  if (repaidShares > position.borrowShares) return refused('panic');
  if (seizedAssets > MAX_UINT128) return refused('max uint128 exceeded');
  if (seizedAssets > position.collateral) return refused('panic');
  const repaidAssets = toAssetsUp(repaidShares, totals);
  const repaid = {
    ...before,
    totalBorrowAssets: max(0n, before.totalBorrowAssets - repaidAssets),
    totalBorrowShares: before.totalBorrowShares - repaidShares,
  };
  const left = {
    collateral: position.collateral - seizedAssets,
    borrowShares: position.borrowShares - repaidShares,
  };
  return { executed: true, repaidAssets, repaidShares, seizedAssets, ...withoutBadDebt(repaid, left) };
}

/** A debt that nothing secures any more is taken from the suppliers, at once. */
function withoutBadDebt(market: Market, position: Position) {
  const isBad = position.collateral === 0n;
  const badDebtShares = isBad ? position.borrowShares : 0n;
  const badDebtAssets = min(market.totalBorrowAssets, toAssetsUp(badDebtShares, borrowTotals(market)));
  return {
    badDebtAssets,
    badDebtShares,
    marketAfter: {
      ...market,
      totalBorrowAssets: market.totalBorrowAssets - badDebtAssets,
      totalSupplyAssets: market.totalSupplyAssets - badDebtAssets,
      totalBorrowShares: market.totalBorrowShares - badDebtShares,
    },
    positionAfter: { collateral: position.collateral, borrowShares: position.borrowShares - badDebtShares },
  };
}

/**
 * The largest liquidation that the contract accepts: the whole debt where the collateral covers it, incentive
 * included; else the whole collateral, which makes the rest bad debt.
 */
export function largestLiquidation(priced: PricedMarket, position: Position): Effects | undefined {
  const all = liquidate(priced, position, { seizedAssets: 0n, repaidShares: position.borrowShares });
  if (all.executed) return all;
  const everything = liquidate(priced, position, { seizedAssets: position.collateral, repaidShares: 0n });
  return everything.executed ? everything : undefined;
}

/** Repays at most `repaidAssets`; the position is told by its shares, of which one asset has many. */
export function liquidateAssets(priced: PricedMarket, position: Position, repaidAssets: bigint): Liquidation {
  const totals = borrowTotals(priced.market);
  const shares = mulDivDown(repaidAssets, sharesOf(totals), assetsOf(totals));
  const isAll = repaidAssets >= borrowed(position, priced);
  const repaidShares = isAll ? position.borrowShares : shares;
  return liquidate(priced, position, { seizedAssets: 0n, repaidShares });
}
