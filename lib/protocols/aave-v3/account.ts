import { mulDivHalfUp, WAD } from '../../math/fixed-point.ts';
import { type Market, type MarketEModeCategory, type MarketReserve, stableDebtBalance } from './accrual.ts';
import { flaggedReserves, type ReserveFlags } from './configuration.ts';
import type { Account } from './state.ts';
import { overflows } from './uint256.ts';

/** `GenericLogic.sol#calculateUserAccountData`, values in base currency (8 decimals where it is USD). */
export interface AccountData {
  readonly totalCollateralBase: bigint;
  readonly totalDebtBase: bigint;
  /** Σ collateral value × threshold in bps. */
  readonly weightedThreshold: bigint;
  /** In whole bps, floored. */
  readonly avgLiquidationThreshold: bigint;
  /** `undefined` without debt, where the contract says MaxUint256. */
  readonly healthFactorWad: bigint | undefined;
}

export const HEALTH_FACTOR_LIQUIDATION_THRESHOLD = WAD;

const PERCENTAGE_FACTOR = 10_000n;

/**
 * Exact at the market's timestamp and prices; `undefined` where the contract reverts: the oracle has no price
 * for a reserve that is used, or a value leaves 256 bits.
 */
export function calculateUserAccountData(market: Market, account: Account): AccountData | undefined {
  if (isPriceless(market.eModeCategories.get(account.eModeCategory))) return undefined;
  const sums = { totalCollateralBase: 0n, totalDebtBase: 0n, weightedThreshold: 0n };
  for (const flags of flaggedReserves(account.userConfiguration)) {
    const reserve = market.reserves[flags.id];
    if (reserve === undefined) continue;
    const price = priceFor(market, account, reserve);
    if (price === undefined) return undefined;
    const collateral = countsAsCollateral(market, reserve, flags)
      ? aTokenBalance(market, account, reserve)
      : 0n;
    const debt = flags.borrowing ? totalDebt(market, account, reserve) : 0n;
    if (overflows(collateral * price, debt * price)) return undefined;
    const value = (collateral * price) / reserve.unit;
    sums.totalCollateralBase += value;
    sums.weightedThreshold += value * liquidationThreshold(market, account, reserve);
    sums.totalDebtBase += market.rules.tokenMath.debtValue(debt, price, reserve.unit);
  }
  return withHealthFactor(market, sums);
}

/** The same, computed once in a row: many sizes of many pairs are tried on one account in one market. */
export function accountDataOf(market: Market, account: Account): AccountData | undefined {
  const last = LAST.get(account);
  if (last?.market === market) return last.data;
  const data = calculateUserAccountData(market, account);
  LAST.set(account, { market, data });
  return data;
}

const LAST = new WeakMap<Account, { readonly market: Market; readonly data: AccountData | undefined }>();

/** Below 1: `liquidationCall` accepts the account, all else permitting. */
export function isLiquidatable(market: Market, account: Account): boolean {
  const healthFactorWad = calculateUserAccountData(market, account)?.healthFactorWad;
  return healthFactorWad !== undefined && healthFactorWad < HEALTH_FACTOR_LIQUIDATION_THRESHOLD;
}

export const aTokenBalance = (market: Market, account: Account, reserve: MarketReserve): bigint =>
  market.rules.tokenMath.aTokenBalance(
    account.scaledATokenBalances.get(reserve.id) ?? 0n,
    reserve.nextLiquidityIndex,
  );

export const variableDebt = (market: Market, account: Account, reserve: MarketReserve): bigint =>
  market.rules.tokenMath.vTokenBalance(
    account.scaledVariableDebts.get(reserve.id) ?? 0n,
    reserve.nextVariableBorrowIndex,
  );

/** Variable and stable debt in one reserve. */
export function totalDebt(market: Market, account: Account, reserve: MarketReserve): bigint {
  const stable = account.stableDebts.get(reserve.id);
  const stableBalance = stable === undefined ? 0n : stableDebtBalance(market.rules, stable, market.timestamp);
  return variableDebt(market, account, reserve) + stableBalance;
}

type InEMode = Pick<Account, 'eModeCategory'>;

/** What a reserve is to every account of one category. */
export interface ReserveTerms {
  readonly price: bigint | undefined;
  /** In bps; `undefined` where the reserve is no collateral at all. */
  readonly liquidationThreshold: bigint | undefined;
}

export function reserveTerms(market: Market, eModeCategory: number, reserve: MarketReserve): ReserveTerms {
  const user = { eModeCategory };
  return {
    price: priceFor(market, user, reserve),
    liquidationThreshold: canCount(market, reserve) ? liquidationThreshold(market, user, reserve) : undefined,
  };
}

/** The account's category, where it has one and this reserve takes its threshold and bonus from it. */
export function eModeOf(
  market: Market,
  account: InEMode,
  reserve: MarketReserve,
): MarketEModeCategory | undefined {
  if (account.eModeCategory === 0) return undefined;
  const category = market.eModeCategories.get(account.eModeCategory);
  if (category === undefined) return undefined;
  return inCategory(market, account, category, reserve) ? category : undefined;
}

function inCategory(
  market: Market,
  account: InEMode,
  category: MarketEModeCategory,
  reserve: MarketReserve,
): boolean {
  if (market.rules.eMode === 'assetCategory') {
    return reserve.configuration.eModeCategory === account.eModeCategory;
  }
  return ((category.collateralBitmap >> BigInt(reserve.id)) & 1n) === 1n;
}

/** Before 3.2 a category may price its assets by one feed; liquid e-modes have none. */
function priceFor(market: Market, account: InEMode, reserve: MarketReserve): bigint | undefined {
  const category = eModeOf(market, account, reserve);
  return category?.priceSource === undefined ? reserve.price : category.price;
}

const isPriceless = (category: MarketEModeCategory | undefined): boolean =>
  category?.priceSource !== undefined && category.price === undefined;

const countsAsCollateral = (market: Market, reserve: MarketReserve, flags: ReserveFlags): boolean =>
  flags.usingAsCollateral && canCount(market, reserve);

const canCount = ({ rules }: Market, { configuration }: MarketReserve): boolean =>
  rules.zeroThresholdCounts || configuration.liquidationThreshold !== 0n;

const liquidationThreshold = (market: Market, account: InEMode, reserve: MarketReserve): bigint =>
  eModeOf(market, account, reserve)?.liquidationThreshold ?? reserve.configuration.liquidationThreshold;

type Sums = Pick<AccountData, 'totalCollateralBase' | 'totalDebtBase' | 'weightedThreshold'>;

function withHealthFactor({ rules }: Market, sums: Sums): AccountData | undefined {
  const { totalCollateralBase, totalDebtBase, weightedThreshold } = sums;
  const avgLiquidationThreshold = totalCollateralBase === 0n ? 0n : weightedThreshold / totalCollateralBase;
  const data = { ...sums, avgLiquidationThreshold };
  if (totalDebtBase === 0n)
    return overflows(weightedThreshold) ? undefined : { ...data, healthFactorWad: undefined };
  const counted = rules.healthFactorFromAverage
    ? mulDivHalfUp(totalCollateralBase, avgLiquidationThreshold, PERCENTAGE_FACTOR)
    : weightedThreshold;
  if (overflows(counted * WAD + totalDebtBase / 2n)) return undefined;
  const ratio = mulDivHalfUp(counted, WAD, totalDebtBase);
  return { ...data, healthFactorWad: rules.healthFactorFromAverage ? ratio : ratio / PERCENTAGE_FACTOR };
}
