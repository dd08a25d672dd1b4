import { aTokenBalance, eModeOf, totalDebt } from './account.ts';
import type { Market, MarketReserve } from './accrual.ts';
import type { Account } from './state.ts';

/** One debt × collateral pair of one borrower, as both sides of the liquidation see it. */
export interface LiquidationPair {
  readonly collateral: MarketReserve;
  readonly debt: MarketReserve;
  readonly collateralPrice: bigint;
  readonly debtPrice: bigint;
  readonly borrowerCollateralBalance: bigint;
  readonly borrowerReserveDebt: bigint;
  /** In bps, principal included. */
  readonly liquidationBonus: bigint;
}

/** `undefined` where a reserve does not exist or the oracle cannot price it. */
export function liquidationPair(
  market: Market,
  account: Account,
  { collateralId, debtId }: { readonly collateralId: number; readonly debtId: number },
): LiquidationPair | undefined {
  const collateral = market.reserves[collateralId];
  const debt = market.reserves[debtId];
  if (collateral === undefined || debt === undefined) return undefined;
  const eMode = eModeOf(market, account, collateral);
  const collateralPrice = eMode?.price ?? collateral.price;
  const debtPrice = eModePrice(market, account) ?? debt.price;
  if (collateralPrice === undefined || debtPrice === undefined) return undefined;
  return {
    collateral,
    debt,
    collateralPrice,
    debtPrice,
    borrowerCollateralBalance: aTokenBalance(market, account, collateral),
    borrowerReserveDebt: totalDebt(market, account, debt),
    liquidationBonus: eMode?.liquidationBonus ?? collateral.configuration.liquidationBonus,
  };
}

/** Before 3.2 the category's feed prices every debt of its user, without asking for the debt's category. */
const eModePrice = (market: Market, account: Account): bigint | undefined =>
  account.eModeCategory === 0 ? undefined : market.eModeCategories.get(account.eModeCategory)?.price;
