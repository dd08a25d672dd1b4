import { ZeroAddress } from 'ethers';
import { min } from '../../math/fixed-point.ts';
import type { Market } from './accrual.ts';
import {
  executeLiquidationCall,
  type Liquidation,
  type LiquidationResult,
  MIN_LEFTOVER_BASE,
} from './liquidation.ts';
import { type LiquidationPair, liquidationPair } from './liquidation-pair.ts';
import type { Rules } from './revisions.ts';
import type { Account } from './state.ts';

/** Repays `debtToCover` of one pair in one state: what the pool would do. */
export type Liquidate = (debtToCover: bigint) => LiquidationResult;

/** More than any debt: the protocol cuts it to what it allows. */
export const EVERYTHING = 2n ** 256n - 1n;

export interface PairIds {
  readonly collateralId: number;
  readonly debtId: number;
}

export function liquidateBy(
  market: Market,
  account: Account,
  pair: PairIds,
  receiveAToken = false,
): Liquidate {
  return (debtToCover) =>
    executeLiquidationCall(market, account, {
      ...pair,
      debtToCover,
      receiveAToken,
      liquidator: ZeroAddress,
    });
}

/**
 * Where the sizes that the pool accepts end: the largest of all and, where that clears a balance but a little
 * less would leave dust, the largest below that gap. Ascending; empty where nothing is accepted. At most a
 * unit of the base currency, $0.00000001, below the contract's own limits.
 */
export function legalSizes(market: Market, account: Account, ids: PairIds): readonly Liquidation[] {
  const liquidate = liquidateBy(market, account, ids);
  const everything = liquidate(EVERYTHING);
  const pair = liquidationPair(market, account, ids);
  if (pair === undefined || pair.liquidationBonus === 0n || isRefusedForGood(everything)) return [];
  if (!everything.executed) return executed(liquidate, largestPartial(market.rules, pair));
  if (!leavesGapBelow(market.rules, everything)) return [everything];
  const below = executed(liquidate, largestPartial(market.rules, pair));
  return [...below.filter((one) => one.actualDebtToLiquidate < everything.actualDebtToLiquidate), everything];
}

/** The largest repayment that leaves no dust and that the reserve can pay out. */
export function largestPartial(rules: Rules, pair: LiquidationPair): bigint {
  const payable = debtSeizing(pair, payableCollateral(pair));
  if (rules.closeFactor === 'reserve') return payable;
  const leastCollateral = (MIN_LEFTOVER_BASE * pair.collateral.unit) / pair.collateralPrice + 1n;
  return [
    pair.borrowerReserveDebt - leastDebtLeft(rules, pair),
    debtSeizing(pair, pair.borrowerCollateralBalance - leastCollateral),
  ].reduce(min, payable);
}

const isRefusedForGood = (result: LiquidationResult): boolean =>
  !result.executed && result.reason !== 'MustNotLeaveDust' && result.reason !== 'InsufficientLiquidity';

const leavesGapBelow = (rules: Rules, done: Liquidation): boolean =>
  rules.closeFactor === 'position' && (done.clearsDebtFlag || done.clearsCollateralFlag);

function executed(liquidate: Liquidate, size: bigint): readonly Liquidation[] {
  const result = size > 0n ? liquidate(size) : undefined;
  return result?.executed ? [result] : [];
}

/** The least debt that is worth `MIN_LEFTOVER_BASE` as the contract rounds its value. */
function leastDebtLeft({ tokenMath }: Rules, { debt, debtPrice }: LiquidationPair): bigint {
  const least = ((MIN_LEFTOVER_BASE - 1n) * debt.unit) / debtPrice + 1n;
  const isEnough = tokenMath.debtValue(least, debtPrice, debt.unit) >= MIN_LEFTOVER_BASE;
  return isEnough ? least : (MIN_LEFTOVER_BASE * debt.unit) / debtPrice + 1n;
}

/** The most collateral whose liquidator's part the reserve holds; the protocol's fee stays in aTokens. */
function payableCollateral({ collateral, liquidationBonus }: LiquidationPair): bigint {
  const { underlyingBalance, virtualUnderlyingBalance } = collateral;
  const held = min(underlyingBalance, virtualUnderlyingBalance ?? underlyingBalance) - ROUNDING;
  const feeBps = collateral.configuration.liquidationProtocolFee;
  const whole = PERCENTAGE_FACTOR * liquidationBonus;
  return (held * whole) / (whole - feeBps * (liquidationBonus - PERCENTAGE_FACTOR));
}

/** The largest repayment that seizes no more than `seized`, the fee included. */
function debtSeizing(pair: LiquidationPair, seized: bigint): bigint {
  const { collateral, debt, collateralPrice, debtPrice, liquidationBonus } = pair;
  const withoutBonus = seized * PERCENTAGE_FACTOR * collateralPrice * debt.unit;
  return withoutBonus / (liquidationBonus * debtPrice * collateral.unit);
}

const PERCENTAGE_FACTOR = 10_000n;
/** Bonus and fee round to the nearest: together they may pay out a unit more than their exact quotient. */
const ROUNDING = 1n;
