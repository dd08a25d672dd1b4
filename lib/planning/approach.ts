import type { LiquidationQuote } from '../domain.ts';
import type { Hex } from '../hex.ts';
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
  const locked = new Set(loan?.locks === undefined ? [] : [loan.locks]);
  const pairs = (first === 'buy' ? boughtFirst : soldFirst)(approach, amounts, gasPriceWei, locked);
  const best = bestBy(pairs, ({ netWei }) => netWei);
  return best && { opportunity: candidate.opportunity, loan, first, buy: best.buy, sell: best.sell };
}

type Markets = Pick<Way, 'buy' | 'sell'> & { readonly netWei: number };

function boughtFirst(
  { purchases, sales, loan }: Approach,
  { debtToCover, seizedCollateral }: Amounts,
  gasPriceWei: number,
  locked: ReadonlySet<Hex>,
): readonly Markets[] {
  const order = { side: 'buy', amount: debtToCover, without: locked, isNested: loan === undefined } as const;
  return purchases.exchanges(order).flatMap((buy) => {
    const { input, gasUsed } = buy.curve.buy(debtToCover);
    const left = seizedCollateral - input;
    const amount = left > 0 ? left : seizedCollateral * LEAST_LEFT;
    const sell = dearest(sales, amount, gasPriceWei, withPools(locked, buy), false);
    const leftWei = left > 0 ? sell?.netWei : left / sales.steepness ** 2;
    return sell && leftWei !== undefined
      ? [{ buy, sell: sell.exchange, netWei: leftWei - gasUsed * gasPriceWei }]
      : [];
  });
}

/** Of the collateral, where the price would not pay for the debt. */
const LEAST_LEFT = 1 / 16;

function soldFirst(
  { purchases, sales, loan }: Approach,
  { debtToCover, seizedCollateral }: Amounts,
  gasPriceWei: number,
  locked: ReadonlySet<Hex>,
): readonly Markets[] {
  const order = {
    side: 'sell',
    amount: seizedCollateral,
    without: locked,
    isNested: loan === undefined,
  } as const;
  return sales.exchanges(order).flatMap((sell) => {
    const { output, gasUsed } = sell.curve.sell(seizedCollateral);
    const buy = cheapest(purchases, debtToCover, gasPriceWei, withPools(locked, sell));
    return buy ? [{ buy: buy.exchange, sell, netWei: output - gasUsed * gasPriceWei - buy.costWei }] : [];
  });
}

function dearest(
  sales: PairMarket,
  amount: number,
  gasPriceWei: number,
  without: ReadonlySet<Hex>,
  isNested: boolean,
) {
  const exchanges = sales.exchanges({ side: 'sell', amount, without, isNested });
  const options = exchanges.map((exchange) => {
    const { output, gasUsed } = exchange.curve.sell(amount);
    return { exchange, netWei: output - gasUsed * gasPriceWei };
  });
  return bestBy(options, ({ netWei }) => netWei);
}

/** For WETH. */
function cheapest(purchases: PairMarket, amount: number, gasPriceWei: number, without: ReadonlySet<Hex>) {
  const exchanges = purchases.exchanges({ side: 'buy', amount, without, isNested: false });
  const options = exchanges.map((exchange) => {
    const { input, gasUsed } = exchange.curve.buy(amount);
    return { exchange, costWei: input + gasUsed * gasPriceWei };
  });
  return bestBy(options, ({ costWei }) => -costWei);
}

const isOpen = ({ steepness }: PairMarket): boolean => steepness < Number.POSITIVE_INFINITY;

const withPools = (locked: ReadonlySet<Hex>, { pools }: Exchange): ReadonlySet<Hex> =>
  pools.length === 0 ? locked : new Set([...locked, ...pools.map(({ id }) => id)]);

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
