import { divUp, min } from '../../math/fixed-point.ts';
import { type AccountData, calculateUserAccountData, eModeOf, isLiquidatable } from './account.ts';
import type { Market } from './accrual.ts';
import { type Liquidate, largestPartial, legalSizes, liquidateBy, type PairIds } from './legal-sizes.ts';
import type { Liquidation } from './liquidation.ts';
import { accountAfter, marketAfter } from './liquidation-after.ts';
import { type LiquidationPair, liquidationPair } from './liquidation-pair.ts';
import type { Account } from './state.ts';

/** Liquidations of one pair in one block: all but the last are fixed, the last takes any legal size. */
export interface LiquidationSteps {
  readonly fixed: readonly Liquidation[];
  readonly last: Liquidate;
  /** Of the last alone, ascending: where the sizes that the pool accepts end. */
  readonly lastSizes: readonly [Liquidation, ...Liquidation[]];
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
interface State {
  readonly market: Market;
  readonly account: Account;
  readonly fixed: readonly Liquidation[];
}

function stepsFrom(state: State, ids: PairIds): readonly LiquidationSteps[] {
  const { market, account, fixed } = state;
  const [first, ...larger] = legalSizes(market, account, ids);
  if (first === undefined) return [];
  const here = {
    fixed,
    last: liquidateBy(market, account, ids),
    lastSizes: [first, ...larger],
  } satisfies LiquidationSteps;
  const largest = larger.at(-1) ?? first;
  const isFinal = largest.clearsDebtFlag || largest.clearsCollateralFlag || fixed.length + 1 === MOST_STEPS;
  const next = isFinal ? undefined : afterLargestStep(state, ids, largest.actualDebtToLiquidate);
  return next === undefined ? [here] : [here, ...stepsFrom(next, ids)];
}

/** @param most by the close factor; `undefined` where no step leaves the account liquidatable */
function afterLargestStep({ market, account, fixed }: State, ids: PairIds, most: bigint): State | undefined {
  const pair = liquidationPair(market, account, ids);
  const data = calculateUserAccountData(market, account);
  if (pair === undefined || data === undefined) return undefined;
  const bounds = [largestPartial(market.rules, pair), largestBelowOne(market, account, pair, data)];
  const size = bounds.reduce(min, most);
  if (size <= pair.borrowerReserveDebt >> LEAST_STEP_BITS) return undefined;
  const done = liquidateBy(market, account, ids)(size);
  if (!done.executed || done.actualDebtToLiquidate !== size) return undefined;
  const call = { ...ids, debtToCover: size, receiveAToken: false, liquidator: '' };
  const next = { market: marketAfter(market, call, done), account: accountAfter(account, call, done) };
  return isLiquidatable(next.market, next.account) ? { ...next, fixed: [...fixed, done] } : undefined;
}

/** A millionth of the debt: what is left of the way to health factor 1 once a step has gone it. */
const LEAST_STEP_BITS = 20n;

/**
 * The largest repayment r that leaves the health factor below 1: L − LT·b·r < D − r, where L counts collateral
 * at its threshold. Where LT·b ≥ 1 there is no limit: what is seized counted for more than what is repaid.
 */
function largestBelowOne(
  market: Market,
  account: Account,
  { collateral, debt, collateralPrice, debtPrice, liquidationBonus, borrowerReserveDebt }: LiquidationPair,
  { totalDebtBase, weightedThreshold }: AccountData,
): bigint {
  const threshold =
    eModeOf(market, account, collateral)?.liquidationThreshold ??
    collateral.configuration.liquidationThreshold;
  const gainPerDebt = PERCENTAGE_FACTOR * PERCENTAGE_FACTOR - threshold * liquidationBonus;
  if (gainPerDebt <= 0n) return borrowerReserveDebt;
  const rounding = BASE_ROUNDING + COLLATERAL_ROUNDING * divUp(collateralPrice, collateral.unit);
  const shortfall = (totalDebtBase - rounding) * PERCENTAGE_FACTOR - weightedThreshold;
  const repaidBase = (shortfall * PERCENTAGE_FACTOR) / gainPerDebt;
  return (repaidBase * debt.unit) / debtPrice;
}

const PERCENTAGE_FACTOR = 10_000n;
/** Every value is rounded to a unit of the base currency, before the step and after it. */
const BASE_ROUNDING = 4n;
/** What is seized is rounded twice to a unit of the collateral. */
const COLLATERAL_ROUNDING = 2n;
