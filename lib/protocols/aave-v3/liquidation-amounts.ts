import { mulDivHalfUp } from '../../math/fixed-point.ts';
import type { AccountData } from './account.ts';
import type { LiquidationPair } from './liquidation-pair.ts';
import type { Rules } from './revisions.ts';
import { overflows } from './uint256.ts';

export interface LiquidationAmounts {
  /** What the liquidator pays, in the debt asset. */
  readonly actualDebtToLiquidate: bigint;
  /** What the liquidator receives, in the collateral asset, the fee already taken. */
  readonly actualCollateralToLiquidate: bigint;
  /** What the treasury is owed, in the collateral asset. */
  readonly liquidationProtocolFeeAmount: bigint;
}

const PERCENTAGE_FACTOR = 10_000n;
const DEFAULT_LIQUIDATION_CLOSE_FACTOR = 5_000n;
/** Below it one call may repay all of a debt. */
export const CLOSE_FACTOR_HF_THRESHOLD = 950_000_000_000_000_000n;
/** In base currency, which the contract takes to be USD with 8 decimals. */
const MIN_BASE_MAX_CLOSE_FACTOR_THRESHOLD = 2_000n * 10n ** 8n;

/**
 * The most debt of this reserve that one call repays, before the collateral limits it. `undefined` where the
 * contract's arithmetic reverts.
 */
export function maxLiquidatableDebt(
  rules: Rules,
  pair: LiquidationPair,
  data: AccountData,
): bigint | undefined {
  const healthFactorWad = data.healthFactorWad ?? 0n;
  const halfOnly = healthFactorWad > CLOSE_FACTOR_HF_THRESHOLD;
  if (rules.closeFactor === 'reserve') {
    const closeFactor = halfOnly ? DEFAULT_LIQUIDATION_CLOSE_FACTOR : PERCENTAGE_FACTOR;
    return mulDivHalfUp(pair.borrowerReserveDebt, closeFactor, PERCENTAGE_FACTOR);
  }
  const { debt, collateral, borrowerReserveDebt } = pair;
  const debtBase = rules.tokenMath.debtValue(borrowerReserveDebt, pair.debtPrice, debt.unit);
  const collateralBase = (pair.borrowerCollateralBalance * pair.collateralPrice) / collateral.unit;
  const isSmall =
    collateralBase < MIN_BASE_MAX_CLOSE_FACTOR_THRESHOLD || debtBase < MIN_BASE_MAX_CLOSE_FACTOR_THRESHOLD;
  if (isSmall || !halfOnly) return borrowerReserveDebt;
  const halfBase = mulDivHalfUp(data.totalDebtBase, DEFAULT_LIQUIDATION_CLOSE_FACTOR, PERCENTAGE_FACTOR);
  if (debtBase <= halfBase) return borrowerReserveDebt;
  return overflows(halfBase * debt.unit) ? undefined : (halfBase * debt.unit) / pair.debtPrice;
}

/**
 * `LiquidationLogic.sol#_calculateAvailableCollateralToLiquidate`: what repaying `debtToCover` seizes; less is
 * repaid where the collateral runs out. `undefined` where the contract's arithmetic reverts.
 */
export function liquidationAmounts(
  rules: Rules,
  pair: LiquidationPair,
  debtToCover: bigint,
): LiquidationAmounts | undefined {
  const { collateral, debt, collateralPrice, debtPrice, borrowerCollateralBalance, liquidationBonus } = pair;
  const feeBps = collateral.configuration.liquidationProtocolFee;
  const debtValue = debtPrice * debtToCover * collateral.unit;
  const collateralPerDebt = collateralPrice * debt.unit;
  if (overflows(debtValue, collateralPerDebt) || (liquidationBonus === 0n && feeBps !== 0n)) return undefined;
  const baseCollateral = debtValue / collateralPerDebt;
  if (overflows(baseCollateral * liquidationBonus)) return undefined;
  const maxCollateral = rules.seizeMath.collateralWithBonus(baseCollateral, liquidationBonus);
  if (maxCollateral <= borrowerCollateralBalance) {
    return split(rules, maxCollateral, debtToCover, liquidationBonus, feeBps);
  }
  const collateralValue = collateralPrice * borrowerCollateralBalance * debt.unit;
  if (overflows(collateralValue, debtPrice * collateral.unit)) return undefined;
  const needed = rules.tokenMath.debtAmountNeeded(
    collateralValue / (debtPrice * collateral.unit),
    liquidationBonus,
  );
  return split(rules, borrowerCollateralBalance, needed, liquidationBonus, feeBps);
}

function split(
  rules: Rules,
  collateral: bigint,
  actualDebtToLiquidate: bigint,
  bonusBps: bigint,
  feeBps: bigint,
): LiquidationAmounts {
  if (feeBps === 0n) {
    return {
      actualDebtToLiquidate,
      actualCollateralToLiquidate: collateral,
      liquidationProtocolFeeAmount: 0n,
    };
  }
  const bonusCollateral = collateral - rules.seizeMath.collateralWithoutBonus(collateral, bonusBps);
  const liquidationProtocolFeeAmount = rules.seizeMath.protocolFee(bonusCollateral, feeBps);
  return {
    actualDebtToLiquidate,
    actualCollateralToLiquidate: collateral - liquidationProtocolFeeAmount,
    liquidationProtocolFeeAmount,
  };
}
