import { divUp, min, WAD } from '../../math/fixed-point.ts';
import {
  type AccountData,
  accountDataOf,
  eModeOf,
  HEALTH_FACTOR_LIQUIDATION_THRESHOLD,
  isLiquidatable,
} from './account.ts';
import type { Market } from './accrual.ts';
import { type Liquidate, largestPartial, legalSizes, liquidateBy, type PairIds } from './legal-sizes.ts';
import type { Liquidation } from './liquidation.ts';
import { accountAfter, marketAfter } from './liquidation-after.ts';
import { type LiquidationPair, liquidationPair } from './liquidation-pair.ts';
import type { Account } from './state.ts';

/** Liquidations of one pair in one block: all but the last are fixed, the last takes any legal size. */
export interface LiquidationSteps extends Liquidatable {
  readonly fixed: readonly Liquidation[];
  readonly last: Liquidate;
  /** Of the last alone, ascending: where the sizes that the pool accepts end. */
  readonly lastSizes: readonly [Liquidation, ...Liquidation[]];
}

/** A borrower who is open, as the last step meets them. */
export interface Liquidatable {
  readonly market: Market;
  readonly account: Account;
}

/** Each costs its gas; a third and a fourth pay where the margin between threshold and bonus is thin. */
const MOST_STEPS = 4;

/**
 * One step, and then as many more as repay more. The close factor counts anew in every call for as long as the
 * account is liquidatable, so each step but the last is the largest that leaves it liquidatable: nothing that a
 * larger step does (less debt to halve, less left of it than $2,000, a lower health factor where the bonus
 * outweighs the threshold) makes the step after it smaller.
 */
export function liquidationSteps(
  market: Market,
  account: Account,
  ids: PairIds,
): readonly LiquidationSteps[] {
  return stepsFrom({ market, account, fixed: [] }, ids);
}

/** What the next call meets. */
interface State extends Liquidatable {
  readonly fixed: readonly Liquidation[];
}

function stepsFrom(state: State, ids: PairIds): readonly LiquidationSteps[] {
  const { market, account, fixed } = state;
  const [first, ...larger] = legalSizes(market, account, ids);
  if (first === undefined) return [];
  const here = {
    ...state,
    last: liquidateBy(market, account, ids),
    lastSizes: [first, ...larger],
  } satisfies LiquidationSteps;
  const largest = larger.at(-1) ?? first;
  const isFinal = largest.clearsDebtFlag || largest.clearsCollateralFlag || fixed.length + 1 === MOST_STEPS;
  const step = isFinal ? undefined : stepToBrink(state, ids, largest.actualDebtToLiquidate);
  if (step === undefined) return [here];
  return [here, ...stepsFrom({ ...step.left, fixed: [...fixed, step.done] }, ids)];
}

/** A liquidation, and the borrower whom it leaves open. */
export interface Step {
  readonly done: Liquidation;
  readonly left: Liquidatable;
}

/**
 * The largest that leaves the account liquidatable; `undefined` where none does.
 * @param most by the close factor
 * @param brinkWad the health factor that it stays below: 1, or lower
 */
export function stepToBrink(
  { market, account }: Liquidatable,
  ids: PairIds,
  most: bigint,
  brinkWad: bigint = HEALTH_FACTOR_LIQUIDATION_THRESHOLD,
): Step | undefined {
  const pair = liquidationPair(market, account, ids);
  const data = accountDataOf(market, account);
  if (pair === undefined || data === undefined) return undefined;
  const bounds = [largestPartial(market.rules, pair), largestBelow(brinkWad, market, account, pair, data)];
  const size = bounds.reduce(min, most);
  if (size <= pair.borrowerReserveDebt >> LEAST_STEP_BITS) return undefined;
  const done = liquidateBy(market, account, ids)(size);
  if (!done.executed || done.actualDebtToLiquidate !== size) return undefined;
  const left = leftBy({ market, account }, ids, done);
  return left && { done, left };
}

/** The borrower after a liquidation of this pair, where that leaves one open. What is left of stable debt is not known. */
export function leftBy(
  { market, account }: Liquidatable,
  ids: PairIds,
  done: Liquidation,
): Liquidatable | undefined {
  if (done.stableDebtBurned > 0n) return undefined;
  const call = { ...ids, debtToCover: done.actualDebtToLiquidate, receiveAToken: false, liquidator: '' };
  const left = { market: marketAfter(market, call, done), account: accountAfter(account, call, done) };
  return isLiquidatable(left.market, left.account) ? left : undefined;
}

/** A millionth of the debt: what is left of the way to health factor 1 once a step has gone it. */
const LEAST_STEP_BITS = 20n;

/**
 * The largest repayment r that leaves the health factor below h: L − LT·b·r < h·(D − r), where L counts collateral at
 * its threshold. Where LT·b ≥ h there is no limit: what is seized counted for more than what is repaid.
 */
function largestBelow(
  brinkWad: bigint,
  market: Market,
  account: Account,
  { collateral, debt, collateralPrice, debtPrice, liquidationBonus, borrowerReserveDebt }: LiquidationPair,
  { totalDebtBase, weightedThreshold }: AccountData,
): bigint {
  const threshold =
    eModeOf(market, account, collateral)?.liquidationThreshold ??
    collateral.configuration.liquidationThreshold;
  const brinkBps = (brinkWad * PERCENTAGE_FACTOR) / WAD;
  const gainPerDebt = brinkBps * PERCENTAGE_FACTOR - threshold * liquidationBonus;
  if (gainPerDebt <= 0n) return borrowerReserveDebt;
  const rounding = BASE_ROUNDING + COLLATERAL_ROUNDING * divUp(collateralPrice, collateral.unit);
  const shortfall = (totalDebtBase - rounding) * brinkBps - weightedThreshold;
  const repaidBase = (shortfall * PERCENTAGE_FACTOR) / gainPerDebt;
  return (repaidBase * debt.unit) / debtPrice;
}

const PERCENTAGE_FACTOR = 10_000n;
/** Every value is rounded to a unit of the base currency, before the step and after it. */
const BASE_ROUNDING = 4n;
/** What is seized is rounded twice to a unit of the collateral. */
const COLLATERAL_ROUNDING = 2n;
