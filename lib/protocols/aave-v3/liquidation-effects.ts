import { min } from '../../math/fixed-point.ts';
import { type AccountData, totalDebt, variableDebt } from './account.ts';
import type { Market } from './accrual.ts';
import { flaggedReserves } from './configuration.ts';
import type { LiquidationAmounts } from './liquidation-amounts.ts';
import type { LiquidationCall } from './liquidation-call.ts';
import type { LiquidationPair } from './liquidation-pair.ts';
import type { Account } from './state.ts';

/** What a liquidation does to the token ledgers. Scaled amounts are what the tokens store. */
export interface LiquidationEffects {
  /** Scaled aTokens that leave the borrower for the liquidator, or are burned. */
  readonly scaledCollateralOut: bigint;
  /** Scaled aTokens that leave the borrower for the treasury: no more than are left. */
  readonly scaledFee: bigint;
  readonly scaledVariableDebtBurned: bigint;
  /** Before 3.2: the part of the repayment that goes to stable debt. */
  readonly stableDebtBurned: bigint;
  /** Nothing is left to seize, so every unpaid debt is written off. */
  readonly hasNoCollateralLeft: boolean;
  /** Debt written off, by reserve id. */
  readonly deficits: ReadonlyMap<number, bigint>;
  readonly clearsCollateralFlag: boolean;
  readonly clearsDebtFlag: boolean;
}

/** The effects, or why burning or paying out reverts. */
export function liquidationEffects(
  market: Market,
  account: Account,
  call: LiquidationCall,
  pair: LiquidationPair,
  amounts: LiquidationAmounts,
  data: AccountData,
): LiquidationEffects | 'InvalidBurnAmount' | 'InsufficientLiquidity' {
  const collateral = seizedCollateral(market, account, pair, amounts, data);
  const repaid = collateral.hasNoCollateralLeft ? pair.borrowerReserveDebt : amounts.actualDebtToLiquidate;
  const debt = burnedDebt(market, account, pair, repaid);
  if (debt.scaledVariableDebtBurned === 0n && debt.stableDebtBurned === 0n) return 'InvalidBurnAmount';
  if (!call.receiveAToken) {
    if (exceedsLiquidity(pair, amounts)) return 'InsufficientLiquidity';
    if (collateral.scaledCollateralOut === 0n) return 'InvalidBurnAmount';
  }
  const deficits = collateral.hasNoCollateralLeft ? writtenOff(market, account, pair, amounts) : new Map();
  return { ...collateral, ...debt, deficits };
}

type Seized = Pick<
  LiquidationEffects,
  'scaledCollateralOut' | 'scaledFee' | 'hasNoCollateralLeft' | 'clearsCollateralFlag'
>;

function seizedCollateral(
  { rules }: Market,
  account: Account,
  { collateral, collateralPrice, borrowerCollateralBalance }: LiquidationPair,
  amounts: LiquidationAmounts,
  data: AccountData,
): Seized {
  const index = collateral.nextLiquidityIndex;
  const scaledBalance = account.scaledATokenBalances.get(collateral.id) ?? 0n;
  const scaledCollateralOut = rules.tokenMath.aTokenScaledOut(amounts.actualCollateralToLiquidate, index);
  const wantedFee = rules.tokenMath.aTokenScaledOut(amounts.liquidationProtocolFeeAmount, index);
  const scaledFee = min(wantedFee, scaledBalance - scaledCollateralOut);
  const unscaled = amounts.actualCollateralToLiquidate + amounts.liquidationProtocolFeeAmount;
  const byScaled = rules.noCollateralLeft === 'scaledBalance';
  const consumed = byScaled
    ? rules.tokenMath.aTokenBalance(scaledCollateralOut + scaledFee, index)
    : unscaled;
  const hasNoCollateralLeft =
    rules.deficit && data.totalCollateralBase === (consumed * collateralPrice) / collateral.unit;
  const clearsCollateralFlag = byScaled
    ? hasNoCollateralLeft || scaledCollateralOut + scaledFee === scaledBalance
    : unscaled === borrowerCollateralBalance;
  return { scaledCollateralOut, scaledFee, hasNoCollateralLeft, clearsCollateralFlag };
}

type Burned = Pick<LiquidationEffects, 'scaledVariableDebtBurned' | 'stableDebtBurned' | 'clearsDebtFlag'>;

/** Variable debt first. `LiquidationLogic.sol#_burnDebtTokens` */
function burnedDebt(market: Market, account: Account, pair: LiquidationPair, repaid: bigint): Burned {
  const { rules } = market;
  const variable = min(variableDebt(market, account, pair.debt), repaid);
  const index = pair.debt.nextVariableBorrowIndex;
  const scaledVariableDebtBurned = rules.tokenMath.vTokenScaledBurn(variable, index);
  const clearsDebtFlag =
    rules.debtFlagFollows === 'amount'
      ? repaid === pair.borrowerReserveDebt
      : scaledVariableDebtBurned === account.scaledVariableDebts.get(pair.debt.id);
  return { scaledVariableDebtBurned, stableDebtBurned: repaid - variable, clearsDebtFlag };
}

/** The debt asset arrives last, so that it never helps to pay out collateral of the same asset. */
function exceedsLiquidity({ collateral, debt }: LiquidationPair, amounts: LiquidationAmounts): boolean {
  const out = amounts.actualCollateralToLiquidate;
  if (out > collateral.underlyingBalance) return true;
  if (collateral.virtualUnderlyingBalance === undefined) return false;
  const added = collateral.id === debt.id ? amounts.actualDebtToLiquidate : 0n;
  return out > collateral.virtualUnderlyingBalance + added;
}

/** `LiquidationLogic.sol#_burnBadDebt`: every debt in an active reserve; this one less what is repaid. */
function writtenOff(
  market: Market,
  account: Account,
  pair: LiquidationPair,
  amounts: LiquidationAmounts,
): ReadonlyMap<number, bigint> {
  const unpaid = new Map([[pair.debt.id, pair.borrowerReserveDebt - amounts.actualDebtToLiquidate]]);
  for (const { id, borrowing } of flaggedReserves(account.userConfiguration)) {
    const reserve = market.reserves[id];
    if (!borrowing || id === pair.debt.id || !reserve?.configuration.active) continue;
    unpaid.set(id, totalDebt(market, account, reserve));
  }
  return new Map([...unpaid].filter(([, amount]) => amount !== 0n));
}
