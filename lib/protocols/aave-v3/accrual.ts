import type { Address } from '../../hex.ts';
import { mulDivHalfUp, RAY } from '../../math/fixed-point.ts';
import { linearInterest } from './compounded-interest.ts';
import type { Rules } from './revisions.ts';
import type { EModeCategory, Pool, Reserve, StableDebt } from './state.ts';

/** A pool at one block timestamp and one set of prices: all that a liquidation is computed from. */
export interface Market {
  readonly rules: Rules;
  readonly timestamp: number;
  readonly reserves: readonly (MarketReserve | undefined)[];
  readonly eModeCategories: ReadonlyMap<number, MarketEModeCategory>;
  readonly sentinelAllowsLiquidation: boolean | undefined;
}

export interface MarketReserve extends Reserve {
  readonly nextLiquidityIndex: bigint;
  readonly nextVariableBorrowIndex: bigint;
  /** 10 ** decimals */
  readonly unit: bigint;
  /** In base currency; `undefined` where the oracle reverts. */
  readonly price: bigint | undefined;
}

export interface MarketEModeCategory extends EModeCategory {
  /** Of `priceSource`, where the category has one and the oracle prices it. */
  readonly price: bigint | undefined;
}

/** What `AaveOracle.getAssetPrice` returns, or `undefined` where it reverts. */
export type PriceOf = (asset: Address) => bigint | undefined;

/** Brings the pool to a block of this timestamp, at these prices. */
export function marketAt(pool: Pool, timestamp: number, priceOf: PriceOf): Market {
  return {
    rules: pool.rules,
    timestamp,
    reserves: pool.reserves.map((reserve) => reserve && accrue(pool.rules, reserve, timestamp, priceOf)),
    eModeCategories: new Map(
      [...pool.eModeCategories].map(([id, category]) => [id, priced(category, priceOf)]),
    ),
    sentinelAllowsLiquidation: pool.sentinelAllowsLiquidation,
  };
}

/** The same market with other prices; indexes are not computed again. */
export function repriced(market: Market, priceOf: PriceOf): Market {
  return {
    ...market,
    reserves: market.reserves.map((reserve) => reserve && { ...reserve, price: priceOf(reserve.asset) }),
    eModeCategories: new Map(
      [...market.eModeCategories].map(([id, category]) => [id, priced(category, priceOf)]),
    ),
  };
}

/** `ReserveLogic.sol#getNormalizedIncome`, rounded half up in every revision. */
export const normalizedIncome = (reserve: Reserve, timestamp: number): bigint =>
  mulDivHalfUp(
    linearInterest(reserve.currentLiquidityRate, elapsed(reserve, timestamp)),
    reserve.liquidityIndex,
    RAY,
  );

/** `ReserveLogic.sol#getNormalizedDebt`, rounded half up in every revision. */
export const normalizedDebt = (rules: Rules, reserve: Reserve, timestamp: number): bigint =>
  mulDivHalfUp(
    rules.compoundedInterest(reserve.currentVariableBorrowRate, elapsed(reserve, timestamp)),
    reserve.variableBorrowIndex,
    RAY,
  );

/** `@aave/core-v3@1.19.3 contracts/protocol/tokenization/StableDebtToken.sol#balanceOf` */
export const stableDebtBalance = (rules: Rules, debt: StableDebt, timestamp: number): bigint =>
  mulDivHalfUp(debt.principal, rules.compoundedInterest(debt.rateRay, elapsed(debt, timestamp)), RAY);

const elapsed = (since: { readonly lastUpdateTimestamp: number }, timestamp: number): bigint =>
  BigInt(timestamp - since.lastUpdateTimestamp);

function accrue(rules: Rules, reserve: Reserve, timestamp: number, priceOf: PriceOf): MarketReserve {
  return {
    ...reserve,
    nextLiquidityIndex: normalizedIncome(reserve, timestamp),
    nextVariableBorrowIndex: normalizedDebt(rules, reserve, timestamp),
    unit: 10n ** reserve.configuration.decimals,
    price: priceOf(reserve.asset),
  };
}

const priced = (category: EModeCategory, priceOf: PriceOf): MarketEModeCategory => ({
  ...category,
  price: category.priceSource === undefined ? undefined : priceOf(category.priceSource),
});
