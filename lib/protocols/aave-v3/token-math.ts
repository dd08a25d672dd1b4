import { mulDivDown, mulDivHalfUp, mulDivUp, RAY } from '../../math/fixed-point.ts';

/** From scaled balances to amounts and back, and from a debt to its value: all that 3.5 made directional. */
export interface TokenMath {
  aTokenBalance(scaled: bigint, liquidityIndex: bigint): bigint;
  /** Scaled amount that a burn or a transfer of `amount` takes from the sender. */
  aTokenScaledOut(amount: bigint, liquidityIndex: bigint): bigint;
  vTokenBalance(scaled: bigint, variableBorrowIndex: bigint): bigint;
  vTokenScaledBurn(amount: bigint, variableBorrowIndex: bigint): bigint;
  /** In base currency. */
  debtValue(amount: bigint, price: bigint, unit: bigint): bigint;
  /** Debt whose repayment, with the bonus, takes collateral worth `debtValue` of the debt asset. */
  debtAmountNeeded(debtValue: bigint, bonusBps: bigint): bigint;
}

const PERCENTAGE_FACTOR = 10_000n;

/** 3.5 and later. `@aave-dao/aave-v3-origin@3.6.0 src/contracts/protocol/libraries/helpers/TokenMath.sol` */
export const directional: TokenMath = {
  aTokenBalance: (scaled, index) => mulDivDown(scaled, index, RAY),
  aTokenScaledOut: (amount, index) => mulDivUp(amount, RAY, index),
  vTokenBalance: (scaled, index) => mulDivUp(scaled, index, RAY),
  vTokenScaledBurn: (amount, index) => mulDivDown(amount, RAY, index),
  debtValue: mulDivUp,
  debtAmountNeeded: (value, bonus) => mulDivUp(value, PERCENTAGE_FACTOR, bonus),
};

/** Before 3.5. `@aave/core-v3@1.19.3 contracts/protocol/libraries/math/WadRayMath.sol` */
export const halfUp: TokenMath = {
  aTokenBalance: (scaled, index) => mulDivHalfUp(scaled, index, RAY),
  aTokenScaledOut: (amount, index) => mulDivHalfUp(amount, RAY, index),
  vTokenBalance: (scaled, index) => mulDivHalfUp(scaled, index, RAY),
  vTokenScaledBurn: (amount, index) => mulDivHalfUp(amount, RAY, index),
  debtValue: mulDivDown,
  debtAmountNeeded: (value, bonus) => mulDivHalfUp(value, PERCENTAGE_FACTOR, bonus),
};

/** How seized collateral is split. The bonus includes the principal, in bps. */
export interface SeizeMath {
  collateralWithBonus(baseCollateral: bigint, bonusBps: bigint): bigint;
  collateralWithoutBonus(collateral: bigint, bonusBps: bigint): bigint;
  protocolFee(bonusCollateral: bigint, feeBps: bigint): bigint;
}

/** Before 3.7. `@aave-dao/aave-v3-origin@3.6.0 …/LiquidationLogic.sol#_calculateAvailableCollateralToLiquidate` */
export const seizeHalfUp: SeizeMath = {
  collateralWithBonus: (base, bonus) => mulDivHalfUp(base, bonus, PERCENTAGE_FACTOR),
  collateralWithoutBonus: (collateral, bonus) => mulDivHalfUp(collateral, PERCENTAGE_FACTOR, bonus),
  protocolFee: (bonusCollateral, fee) => mulDivHalfUp(bonusCollateral, fee, PERCENTAGE_FACTOR),
};

/** 3.7: github.com/aave-dao/aave-v3-origin docs/3.7/liquidation-rounding.md */
export const seizeAgainstLiquidator: SeizeMath = {
  collateralWithBonus: (base, bonus) => mulDivDown(base, bonus, PERCENTAGE_FACTOR),
  collateralWithoutBonus: (collateral, bonus) => mulDivDown(collateral, PERCENTAGE_FACTOR, bonus),
  protocolFee: (bonusCollateral, fee) => mulDivUp(bonusCollateral, fee, PERCENTAGE_FACTOR),
};
