import type { Address } from '../../hex.ts';
import type { ReserveConfiguration } from './configuration.ts';
import type { Rules } from './revisions.ts';

/** What the chain stores of a pool and of its accounts, in Aave's own words. Nothing here has accrued yet. */

export interface Pool {
  readonly address: Address;
  readonly rules: Rules;
  /** By reserve id; `undefined` where a reserve was dropped. */
  readonly reserves: readonly (Reserve | undefined)[];
  readonly eModeCategories: ReadonlyMap<number, EModeCategory>;
  /** `undefined` where the market has no sentinel. */
  readonly sentinelAllowsLiquidation: boolean | undefined;
}

/** `DataTypes.sol#ReserveData`, with what the tokens say of themselves. Rates and indexes are in ray. */
export interface Reserve {
  readonly id: number;
  readonly asset: Address;
  readonly aToken: Address;
  readonly variableDebtToken: Address;
  /** The zero address since 3.2. */
  readonly stableDebtToken: Address;
  readonly configuration: ReserveConfiguration;
  readonly liquidityIndex: bigint;
  readonly currentLiquidityRate: bigint;
  readonly variableBorrowIndex: bigint;
  readonly currentVariableBorrowRate: bigint;
  readonly lastUpdateTimestamp: number;
  readonly liquidationGracePeriodUntil: number;
  /** The asset that the aToken really holds. */
  readonly underlyingBalance: bigint;
  /** The pool's own count of it; `undefined` before 3.1. */
  readonly virtualUnderlyingBalance: bigint | undefined;
}

/** Thresholds in bps; the bonus includes the principal (10500 pays 5 %). */
export interface EModeCategory {
  readonly liquidationThreshold: bigint;
  readonly liquidationBonus: bigint;
  /** Bit i: reserve i takes this category's threshold and bonus (3.2 and later; 0 before). */
  readonly collateralBitmap: bigint;
  /** Replaces the price of the category's assets (before 3.2). */
  readonly priceSource: Address | undefined;
}

export interface Account {
  readonly address: Address;
  readonly userConfiguration: bigint;
  readonly eModeCategory: number;
  /** By reserve id. Only flagged collateral counts, and only that is read. */
  readonly scaledATokenBalances: ReadonlyMap<number, bigint>;
  readonly scaledVariableDebts: ReadonlyMap<number, bigint>;
  /** Before 3.2 only. */
  readonly stableDebts: ReadonlyMap<number, StableDebt>;
}

export interface StableDebt {
  readonly principal: bigint;
  readonly rateRay: bigint;
  readonly lastUpdateTimestamp: number;
}
