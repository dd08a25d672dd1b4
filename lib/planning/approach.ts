import type { LiquidationQuote } from '../domain.ts';
import type { Candidate } from './candidate.ts';
import type { Exchange } from './exchange.ts';
import type { Liquidity } from './liquidity.ts';
import type { Loan } from './loan.ts';
import type { PairMarket } from './pair-market.ts';
import type { Way } from './ways.ts';

/** A way whose markets are not chosen yet: which are best depends on the size. */
export interface Approach {
  readonly candidate: Candidate;
  readonly loan?: Loan | undefined;
  readonly first: Way['first'];
  readonly purchases: PairMarket;
  readonly sales: PairMarket;
}

/** A size, in floating point. */
export interface Amounts {
  readonly debtToCover: number;
  readonly seizedCollateral: number;
}

/** In proportion. */
export const amountsOf = (top: LiquidationQuote, size: number): Amounts => ({
  debtToCover: size,
  seizedCollateral: (Number(top.seizedCollateral) * size) / Number(top.debtToCover),
});

/** All that anybody lends or pays for; empty where nobody does. */
export function approachesTo(candidate: Candidate, liquidity: Liquidity): readonly Approach[] {
  const { opportunity, loans } = candidate;
  const { debtAsset, collateralAsset } = opportunity;
  const { weth } = liquidity;
  const sales = liquidity.market(collateralAsset, weth);
  const direct = { candidate, sales, purchases: liquidity.market(collateralAsset, debtAsset) };
  const throughWeth = { candidate, sales, purchases: liquidity.market(weth, debtAsset) };
  const buyFirst = { ...direct, first: 'buy' } as const;
  const sellFirst = { ...throughWeth, first: 'sell' } as const;
  const isSame = debtAsset === collateralAsset;
  const flashSwaps = isSame ? [] : [debtAsset === weth ? sellFirst : buyFirst];
  const isEther = debtAsset === weth || collateralAsset === weth;
  const lent = [...(isSame ? [] : [sellFirst]), ...(isEther && !isSame ? [] : [buyFirst])];
  return [...flashSwaps, ...loans.flatMap((loan) => lent.map((approach) => ({ ...approach, loan })))].filter(
    (approach) => isOpen(approach.sales) && isOpen(approach.purchases),
  );
}

/**
 * The markets that together leave most of a liquidation of this size, gas paid, none in the way of the other;
 * `undefined` where one is missing.
 */
export function wayAt(approach: Approach, amounts: Amounts, gasPriceWei: number): Way | undefined {
  const { candidate, loan, first } = approach;
  const pairs = (first === 'buy' ? boughtFirst : soldFirst)(approach, amounts, gasPriceWei);
  const best = bestBy(pairs, ({ netWei }) => netWei);
  return best && { opportunity: candidate.opportunity, loan, first, buy: best.buy, sell: best.sell };
}

type Markets = Pick<Way, 'buy' | 'sell'> & { readonly netWei: number };

function boughtFirst(
  { purchases, sales, loan }: Approach,
  { debtToCover, seizedCollateral }: Amounts,
  gasPriceWei: number,
): readonly Markets[] {
  const locked = loan?.locks;
  const order = { side: 'buy', amount: debtToCover, isNested: loan === undefined, locked } as const;
  return purchases.exchanges(order).flatMap((buy) => {
    const { input, gasUsed } = buy.curve.buy(debtToCover);
    const left = seizedCollateral - input;
    const amount = left > 0 ? left : seizedCollateral * LEAST_LEFT;
    const sale = { side: 'sell', amount, isNested: false, locked, beside: buy } as const;
    const sell = bestBy(sales.exchanges(sale), soldFor(amount, gasPriceWei));
    if (sell === undefined) return [];
    const leftWei = left > 0 ? soldFor(amount, gasPriceWei)(sell) : left / sales.steepness ** 2;
    return [{ buy, sell, netWei: leftWei - gasUsed * gasPriceWei }];
  });
}

/** Of the collateral, where the price would not pay for the debt. */
const LEAST_LEFT = 1 / 16;

function soldFirst(
  { purchases, sales, loan }: Approach,
  { debtToCover, seizedCollateral }: Amounts,
  gasPriceWei: number,
): readonly Markets[] {
  const locked = loan?.locks;
  const order = { side: 'sell', amount: seizedCollateral, isNested: loan === undefined, locked } as const;
  return sales.exchanges(order).flatMap((sell) => {
    const purchase = { side: 'buy', amount: debtToCover, isNested: false, locked, beside: sell } as const;
    const buy = bestBy(purchases.exchanges(purchase), boughtFor(debtToCover, gasPriceWei));
    if (buy === undefined) return [];
    const soldWei = soldFor(seizedCollateral, gasPriceWei)(sell);
    return [{ buy, sell, netWei: soldWei + boughtFor(debtToCover, gasPriceWei)(buy) }];
  });
}

/** Wei that a sale leaves, its gas paid. */
const soldFor =
  (amount: number, gasPriceWei: number) =>
  ({ curve }: Exchange): number => {
    const { output, gasUsed } = curve.sell(amount);
    return output - gasUsed * gasPriceWei;
  };

/** Wei that a purchase with WETH leaves, its gas paid: below nothing. */
const boughtFor =
  (amount: number, gasPriceWei: number) =>
  ({ curve }: Exchange): number => {
    const { input, gasUsed } = curve.buy(amount);
    return -input - gasUsed * gasPriceWei;
  };

const isOpen = ({ steepness }: PairMarket): boolean => steepness < Number.POSITIVE_INFINITY;

/** The last of those that are equal: the widest, where none carries all of it. */
function bestBy<T>(options: readonly T[], worth: (option: T) => number): T | undefined {
  let best: T | undefined;
  let most = Number.NEGATIVE_INFINITY;
  for (const option of options) {
    const value = worth(option);
    if (value >= most) [best, most] = [option, value];
  }
  return best;
}
