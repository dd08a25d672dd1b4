import { entryAt } from '../../watchlist/account-table.ts';
import { nearestRows } from '../../watchlist/nearest-rows.ts';
import type { Watchlist } from '../../watchlist/watchlist.ts';
import { nearestOf, type Position } from '../position.ts';
import { aTokenBalance, calculateUserAccountData, reserveTerms, totalDebt } from './account.ts';
import type { Market, MarketReserve } from './accrual.ts';
import { accountOf, marketValuation } from './columns.ts';
import { flaggedReserves } from './configuration.ts';
import type { Account } from './state.ts';

/** 100 US dollars in the oracle's base currency: nobody liquidates less, and there is much of it. */
const LEAST_DEBT_BASE = 10_000_000_000n;

/**
 * The accounts nearest to liquidation in this market: chosen roughly among all, then measured exactly.
 * @param others are not in the list, and measured each
 */
export function nearestAccounts(
  watchlist: Watchlist,
  others: Iterable<Account>,
  market: Market,
  count: number,
  leastDebtBase = LEAST_DEBT_BASE,
): readonly Position[] {
  const table = watchlist.table();
  const valuation = marketValuation(market, watchlist.columns);
  // A debt is rounded up, and some accounts the contract does not measure at all, for want of a price.
  const rows = nearestRows(table, valuation, 4 * count, Number(leastDebtBase) / 2);
  const accounts = [...rows.map((row) => accountOf(entryAt(table, row))), ...others];
  return nearestOf(
    accounts.flatMap((account) => positionOf(market, account, leastDebtBase) ?? []),
    count,
  );
}

function positionOf(market: Market, account: Account, leastDebtBase: bigint): Position | undefined {
  const data = calculateUserAccountData(market, account);
  if (data?.healthFactorWad === undefined) return undefined;
  if (data.totalDebtBase < leastDebtBase || data.weightedThreshold === 0n) return undefined;
  const reserves = flaggedReserves(account.userConfiguration).flatMap(
    ({ id, usingAsCollateral, borrowing }) => {
      const reserve = market.reserves[id];
      return reserve === undefined ? [] : { reserve, usingAsCollateral, borrowing };
    },
  );
  const worth = (reserve: MarketReserve, amount: bigint): bigint =>
    (amount * (reserveTerms(market, account.eModeCategory, reserve).price ?? 0n)) / reserve.unit;
  const collateral = greatest(
    reserves.filter(({ usingAsCollateral }) => usingAsCollateral),
    ({ reserve }) => worth(reserve, aTokenBalance(market, account, reserve)),
  );
  const debt = greatest(
    reserves.filter(({ borrowing }) => borrowing),
    ({ reserve }) => worth(reserve, totalDebt(market, account, reserve)),
  );
  if (collateral === undefined || debt === undefined) return undefined;
  return {
    borrower: account.address,
    healthFactorWad: data.healthFactorWad,
    collateralAsset: collateral.reserve.asset,
    debtAsset: debt.reserve.asset,
    debt: totalDebt(market, account, debt.reserve),
  };
}

const greatest = <T>(all: readonly T[], size: (one: T) => bigint): T | undefined =>
  all.reduce<T | undefined>(
    (best, one) => (best === undefined || size(one) > size(best) ? one : best),
    undefined,
  );
