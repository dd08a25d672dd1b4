import type { Call } from '../call.ts';
import type { LiquidationQuote, Opportunity } from '../domain.ts';
import type { PriceCurve } from '../venues/price-curve.ts';
import type { Pool } from '../venues/venue.ts';
import { type Exchange, encodeTrade, type Trade } from './exchange.ts';
import type { Loan } from './loan.ts';
import { nested } from './route.ts';

/**
 * How a liquidation is funded and sold. Either part of the collateral buys what is owed and the rest becomes WETH, or
 * all of it becomes WETH, and that buys what is owed.
 */
export interface Way {
  readonly opportunity: Opportunity;
  /** Absent where the pools that trade first lend too: a flash-swap. */
  readonly loan?: Loan | undefined;
  readonly first: 'buy' | 'sell';
  /** Of the debt and the loan's fee. */
  readonly buy: Exchange;
  /** For WETH. */
  readonly sell: Exchange;
}

/** A liquidation of one size, funded and sold, exact. Everything it leaves is WETH. */
export interface Deal {
  /** In debtAsset, on top of the loan; 0 for a flash-swap, whose fee is the swap's. */
  readonly flashFee: bigint;
  readonly purchase: Trade;
  readonly sale: Trade;
  readonly grossProfitWei: bigint;
  readonly gasUsed: bigint;
  readonly poolsAfter: readonly Pool[];
}

/** Such as `uniswap-v3-flash-swap`. */
export function fundingOf({ loan, first, buy, sell }: Way): string {
  if (loan !== undefined) return loan.funding;
  const { pools } = first === 'buy' ? buy : sell;
  return `${[...new Set(pools.map(({ venue }) => venue))].join('+')}-flash-swap`;
}

/** `undefined` where the loan could not be paid back, or a market does not take part. */
export function dealOf(way: Way, quote: LiquidationQuote): Deal | undefined {
  const { loan, first } = way;
  const { debtToCover, seizedCollateral } = quote;
  if (debtToCover > (loan?.mostDebt ?? debtToCover)) return undefined;
  const flashFee = loan?.fee(debtToCover) ?? 0n;
  const purchase = way.buy.trade(debtToCover + flashFee);
  const unsold = seizedCollateral - (first === 'buy' ? (purchase?.amountIn ?? 0n) : 0n);
  const sale = unsold < 0n ? undefined : way.sell.trade(unsold);
  if (purchase === undefined || sale === undefined) return undefined;
  const grossProfitWei = sale.amountOut - (first === 'sell' ? purchase.amountIn : 0n);
  if (grossProfitWei < 0n) return undefined;
  return {
    ...{ flashFee, purchase, sale, grossProfitWei },
    gasUsed: quote.gasUsed + (loan?.gasUsed ?? 0n) + purchase.gasUsed + sale.gasUsed,
    poolsAfter: [...purchase.legs, ...sale.legs].map(({ poolAfter }) => poolAfter),
  };
}

/** A market before anybody trades. */
type Untouched = Pick<PriceCurve, 'steepness'>;

/** As long as trading moves no price. */
export function pricesOf(first: Way['first'], purchases: Untouched, sales: Untouched) {
  const weiPerCollateral = 1 / sales.steepness ** 2;
  const costOfDebt = purchases.steepness ** 2;
  return { weiPerCollateral, weiPerDebt: first === 'buy' ? costOfDebt * weiPerCollateral : costOfDebt };
}

/** Takes longer than to decide: only for what is done. */
export function encodeDeal(way: Way, quote: LiquidationQuote, deal: Deal): readonly Call[] {
  const { opportunity, loan, first } = way;
  const purchase = encodeTrade(way.buy, deal.purchase);
  const sale = encodeTrade(way.sell, deal.sale);
  if (loan !== undefined) {
    return first === 'buy'
      ? [...loan.encode(quote, purchase), ...sale]
      : loan.encode(quote, [...sale, ...purchase]);
  }
  const liquidation = opportunity.encode(quote);
  return first === 'buy'
    ? [...nested(deal.purchase.legs, 'buy', liquidation), ...sale]
    : nested(deal.sale.legs, 'sell', liquidation);
}
