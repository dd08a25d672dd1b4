import type { Address } from '../../hex.ts';
import {
  columnOf,
  DEBT,
  type Entry,
  groupOf,
  type Holding,
  isDebt,
  slotOf,
} from '../../watchlist/account-table.ts';
import { SLOP_MARGIN, type Unit, type Valuation, valuationOf } from '../../watchlist/valuation.ts';
import type { WatchedFeed } from '../../watchlist/watchlist.ts';
import { reserveTerms } from './account.ts';
import type { Market } from './accrual.ts';
import { flaggedReserves } from './configuration.ts';
import { assetsMovedBy, type PriceBook } from './prices.ts';
import type { Account, Pool } from './state.ts';

/**
 * Accounts as the watchlist knows them: a group is an e-mode, a slot a reserve. What a category does to a
 * threshold or a price is a property of the column, so that governance moves columns and no accounts.
 */

/** Of all that is flagged. Stable debts have no column: see `AaveBook`. */
export function entryOf({ address, eModeCategory, ...account }: Account): Entry {
  const holdings: Holding[] = [];
  for (const { id, usingAsCollateral, borrowing } of flaggedReserves(account.userConfiguration)) {
    if (usingAsCollateral) holdings.push({ slot: id, amount: account.scaledATokenBalances.get(id) ?? 0n });
    if (borrowing) holdings.push({ slot: id | DEBT, amount: account.scaledVariableDebts.get(id) ?? 0n });
  }
  return { address, group: eModeCategory, holdings };
}

export function accountOf({ address, group, holdings }: Entry): Account {
  const scaledATokenBalances = new Map<number, bigint>();
  const scaledVariableDebts = new Map<number, bigint>();
  let userConfiguration = 0n;
  for (const { slot, amount } of holdings) {
    const id = slot & ~DEBT;
    const isOwed = (slot & DEBT) !== 0;
    (isOwed ? scaledVariableDebts : scaledATokenBalances).set(id, amount);
    userConfiguration |= (isOwed ? 1n : 2n) << BigInt(2 * id);
  }
  const balances = { scaledATokenBalances, scaledVariableDebts, stableDebts: new Map() };
  return { address, userConfiguration, eModeCategory: group, ...balances };
}

export const columnsOfAccount = (account: Account): readonly number[] =>
  entryOf(account).holdings.map(({ slot }) => columnOf(account.eModeCategory, slot));

/** What the columns are worth in this market, in its base currency. */
export function marketValuation(market: Market, columns: readonly number[]): Valuation {
  return valuationOf(columns, (column) => unitOf(market, column), averagingLoss(market, columns));
}

/**
 * A balance and its value are each rounded once, and an averaged sum once more: less than one unit of the token
 * and two of the base currency for each holding, whatever the revision.
 */
function unitOf(market: Market, column: number): Unit {
  const terms = termsOf(market, column);
  const reserve = market.reserves[slotOf(column) & ~DEBT];
  if (reserve === undefined || terms === undefined) return { value: 0, slop: 0 };
  const tokenUnit = (Number(terms.price) / Number(reserve.unit)) * terms.weight;
  const index = isDebt(column) ? reserve.nextVariableBorrowIndex : reserve.nextLiquidityIndex;
  return { value: tokenUnit * (Number(index) / 1e27), slop: (tokenUnit + 4) * SLOP_MARGIN };
}

/** `undefined` where it counts for nothing: also without a price, where the contract refuses the account. */
function termsOf(
  market: Market,
  column: number,
): { readonly price: bigint; readonly weight: number } | undefined {
  const reserve = market.reserves[slotOf(column) & ~DEBT];
  if (reserve === undefined) return undefined;
  const { price, liquidationThreshold } = reserveTerms(market, groupOf(column), reserve);
  if (price === undefined) return undefined;
  if (isDebt(column)) return { price, weight: 1 };
  return liquidationThreshold === undefined
    ? undefined
    : { price, weight: Number(liquidationThreshold) / 10_000 };
}

/** Before 3.5 the average threshold is floored to whole bps: by less than 1 in the least of those averaged. */
function averagingLoss(market: Market, columns: readonly number[]): number {
  if (!market.rules.healthFactorFromAverage) return 0;
  const collateral = columns.filter((column) => !isDebt(column));
  const weights = collateral.flatMap((column) => termsOf(market, column)?.weight ?? []);
  return Math.min(1, SLOP_MARGIN / (10_000 * Math.min(...weights)));
}

/** What an update of this aggregator moves. */
export function watchedFeed(
  { reserves, eModeCategories }: Pick<Pool, 'reserves' | 'eModeCategories'>,
  prices: PriceBook,
  aggregator: Address,
): WatchedFeed {
  const assets = new Set(assetsMovedBy(prices, aggregator));
  const slots = new Set(
    reserves.flatMap((reserve) => (reserve && assets.has(reserve.asset) ? reserve.id : [])),
  );
  const groups = new Set(
    [...eModeCategories].flatMap(([id, { priceSource }]) =>
      priceSource !== undefined && assets.has(priceSource) ? id : [],
    ),
  );
  return { aggregator, moves: (column) => slots.has(slotOf(column) & ~DEBT) || groups.has(groupOf(column)) };
}
