import { min } from '../../math/fixed-point.ts';
import {
  type AccountData,
  accountDataOf,
  HEALTH_FACTOR_LIQUIDATION_THRESHOLD,
  totalDebt,
} from './account.ts';
import type { Market, MarketReserve } from './accrual.ts';
import { isUsingAsCollateral } from './configuration.ts';
import { type LiquidationAmounts, liquidationAmounts, maxLiquidatableDebt } from './liquidation-amounts.ts';
import type { LiquidationCall } from './liquidation-call.ts';
import { type LiquidationEffects, liquidationEffects } from './liquidation-effects.ts';
import { type LiquidationPair, liquidationPair } from './liquidation-pair.ts';
import type { Account } from './state.ts';

export type LiquidationResult = Liquidation | Refusal;

/** What an executed `liquidationCall` moves: the amounts of its event, and what it leaves behind. */
export interface Liquidation extends LiquidationAmounts, LiquidationEffects {
  readonly executed: true;
}

export interface Refusal {
  readonly executed: false;
  readonly reason: RefusalReason;
}

/** Aave 3.6's own error names, then what it reverts with without a name. */
export type RefusalReason =
  | 'SelfLiquidation'
  | 'ReserveInactive'
  | 'ReservePaused'
  | 'PriceOracleSentinelCheckFailed'
  | 'LiquidationGraceSentinelCheckFailed'
  | 'HealthFactorNotBelowThreshold'
  | 'CollateralCannotBeLiquidated'
  | 'SpecifiedCurrencyNotBorrowedByUser'
  | 'MustNotLeaveDust'
  | 'InvalidBurnAmount'
  /** The oracle has no price for a reserve that is used, or a value of the account leaves 256 bits. */
  | 'AccountDataUnavailable'
  /** The reserve does not hold the collateral that would be paid out. */
  | 'InsufficientLiquidity'
  /** A division by a bonus of 0, or a product beyond 256 bits. */
  | 'ArithmeticError';

/**
 * What `Pool.liquidationCall` does in this market, to the wei, or why it reverts; checks in its order.
 * `@aave-dao/aave-v3-origin@3.6.0 src/contracts/protocol/libraries/logic/LiquidationLogic.sol#executeLiquidationCall`,
 * `@aave/core-v3@1.19.3 contracts/protocol/libraries/logic/LiquidationLogic.sol#executeLiquidationCall`
 */
export function executeLiquidationCall(
  market: Market,
  account: Account,
  call: LiquidationCall,
): LiquidationResult {
  const data = accountDataOf(market, account);
  if (data === undefined) return refused('AccountDataUnavailable');
  const invalid = validateLiquidationCall(market, account, call, data);
  if (invalid !== undefined) return refused(invalid);
  const pair = liquidationPair(market, account, call);
  if (pair === undefined) return refused('AccountDataUnavailable');
  const max = maxLiquidatableDebt(market.rules, pair, data);
  const amounts =
    max === undefined ? max : liquidationAmounts(market.rules, pair, min(call.debtToCover, max));
  if (amounts === undefined) return refused('ArithmeticError');
  if (market.rules.closeFactor === 'position' && leavesDust(market, pair, amounts)) {
    return refused('MustNotLeaveDust');
  }
  const effects = liquidationEffects(market, account, call, pair, amounts, data);
  if (typeof effects === 'string') return refused(effects);
  return { executed: true, ...amounts, ...effects };
}

const refused = (reason: RefusalReason): Refusal => ({ executed: false, reason });

/** `ValidationLogic.sol#validateLiquidationCall` */
function validateLiquidationCall(
  market: Market,
  account: Account,
  call: LiquidationCall,
  data: AccountData,
): RefusalReason | undefined {
  if (!market.rules.selfLiquidation && call.liquidator === account.address) return 'SelfLiquidation';
  const [collateral, debt] = [market.reserves[call.collateralId], market.reserves[call.debtId]];
  if (collateral === undefined || debt === undefined) return 'ReserveInactive';
  return (
    validateReserves(market, collateral, debt, data) ??
    validateBorrower(market, account, collateral, debt, data)
  );
}

function validateReserves(
  { rules, timestamp, sentinelAllowsLiquidation }: Market,
  collateral: MarketReserve,
  debt: MarketReserve,
  { healthFactorWad }: AccountData,
): RefusalReason | undefined {
  if (!collateral.configuration.active || !debt.configuration.active) return 'ReserveInactive';
  if (collateral.configuration.paused || debt.configuration.paused) return 'ReservePaused';
  if (rules.sentinel && sentinelAllowsLiquidation === false && !isDeeplyUnhealthy(healthFactorWad)) {
    return 'PriceOracleSentinelCheckFailed';
  }
  const graceUntil = Math.max(collateral.liquidationGracePeriodUntil, debt.liquidationGracePeriodUntil);
  return rules.gracePeriod && graceUntil >= timestamp ? 'LiquidationGraceSentinelCheckFailed' : undefined;
}

function validateBorrower(
  market: Market,
  account: Account,
  collateral: MarketReserve,
  debt: MarketReserve,
  { healthFactorWad }: AccountData,
): RefusalReason | undefined {
  if (healthFactorWad === undefined || healthFactorWad >= HEALTH_FACTOR_LIQUIDATION_THRESHOLD) {
    return 'HealthFactorNotBelowThreshold';
  }
  const hasThreshold =
    market.rules.zeroThresholdCounts || collateral.configuration.liquidationThreshold !== 0n;
  if (!hasThreshold || !isUsingAsCollateral(account.userConfiguration, collateral.id)) {
    return 'CollateralCannotBeLiquidated';
  }
  return totalDebt(market, account, debt) === 0n ? 'SpecifiedCurrencyNotBorrowedByUser' : undefined;
}

/** Below this the sentinel has no say. `ValidationLogic.sol#MINIMUM_HEALTH_FACTOR_LIQUIDATION_THRESHOLD` */
const isDeeplyUnhealthy = (healthFactorWad: bigint | undefined): boolean =>
  healthFactorWad !== undefined && healthFactorWad < 950_000_000_000_000_000n;

/** In base currency, which the contract takes to be USD with 8 decimals. */
export const MIN_LEFTOVER_BASE = 1_000n * 10n ** 8n;

/** Either all debt or all collateral of the reserve goes, or enough of both stays. */
function leavesDust({ rules }: Market, pair: LiquidationPair, amounts: LiquidationAmounts): boolean {
  const debtLeft = pair.borrowerReserveDebt - amounts.actualDebtToLiquidate;
  const seized = amounts.actualCollateralToLiquidate + amounts.liquidationProtocolFeeAmount;
  const collateralLeft = pair.borrowerCollateralBalance - seized;
  if (debtLeft <= 0n || collateralLeft <= 0n) return false;
  const debtLeftBase = rules.tokenMath.debtValue(debtLeft, pair.debtPrice, pair.debt.unit);
  const collateralLeftBase = (collateralLeft * pair.collateralPrice) / pair.collateral.unit;
  return debtLeftBase < MIN_LEFTOVER_BASE || collateralLeftBase < MIN_LEFTOVER_BASE;
}
