import type { Call, LiquidationQuote, Opportunity } from '../domain.ts';
import type { CreditLine } from '../flash/source.ts';
import type { Pool } from '../venues/venue.ts';
import type { Liquidity } from './liquidity.ts';
import { combined, type Exchange, leastIn, mostOut, purchasesWithWeth, salesForWeth } from './trade.ts';

/**
 * One lender and one market for every sale: a fixed way to fund and sell a liquidation. What it leaves is
 * concave in the size as long as collateral is seized in proportion, for price impact only grows.
 */
export interface Way {
  readonly opportunity: Opportunity;
  readonly funding: string;
  /** Every pool that it trades in. */
  readonly pools: readonly Pool[];
  /** The most that the lender lends; `undefined` where only its price limits it. */
  readonly mostDebt?: bigint;
  /** `undefined` where the loan could not be paid back, or a market does not take part. */
  deal(quote: LiquidationQuote): Deal | undefined;
  /** What the deal would leave if trading moved no price: it leaves no more. */
  ceilingWei(quote: LiquidationQuote): bigint;
}

/** A liquidation of one size, funded and sold. Everything it leaves is WETH. */
export interface Deal {
  /** In debtAsset, on top of the loan; 0 for a flash-swap, whose fee is the swap's. */
  readonly flashFee: bigint;
  /** Only the plan that is chosen is worth encoding. */
  encode(): readonly Call[];
  readonly grossProfitWei: bigint;
  readonly gasUsed: bigint;
  readonly poolsAfter: readonly Pool[];
}

/** Every way that can carry this opportunity; empty where nobody lends or nobody buys. */
export function waysOf(opportunity: Opportunity, liquidity: Liquidity): readonly Way[] {
  const { debtAsset, collateralAsset } = opportunity;
  const lenders = liquidity.poolsBetween(debtAsset, collateralAsset);
  const loans = loansFor(opportunity, liquidity.creditLines(debtAsset));
  const sales = salesForWeth(collateralAsset, liquidity);
  if (debtAsset === collateralAsset) {
    return loans.flatMap((loan) => sales.map((sale) => repayInKind(opportunity, loan, sale)));
  }
  const purchases = purchasesWithWeth(debtAsset, liquidity);
  return [
    ...(debtAsset === liquidity.weth
      ? lenders.map((pool) => sellAllFlashSwap(opportunity, pool))
      : lenders.flatMap((pool) => sales.map((sale) => buyDebtFlashSwap(opportunity, pool, sale)))),
    ...loans.flatMap((loan) =>
      sales.flatMap((sale) => purchases.map((purchase) => flashLoan(opportunity, loan, sale, purchase))),
    ),
  ];
}

/** Who fronts the debt: a lender, or the protocol itself, which calls back before it collects. */
interface Loan {
  readonly funding: string;
  readonly mostDebt?: bigint;
  readonly gasUsed: bigint;
  fee(debtToCover: bigint): bigint;
  /** The liquidation with its loan; `afterwards` runs once the collateral is here and before the loan is due. */
  encode(quote: LiquidationQuote, afterwards: readonly Call[]): readonly Call[];
}

function loansFor(opportunity: Opportunity, lines: readonly CreditLine[]): readonly Loan[] {
  const { protocol, callbackGas } = opportunity;
  const lent = lines.map((line): Loan => lentBy(line, opportunity));
  if (callbackGas === undefined) return lent;
  const own: Loan = {
    funding: `${protocol}-callback`,
    gasUsed: callbackGas,
    fee: () => 0n,
    encode: (quote, afterwards) => opportunity.encode(quote, afterwards),
  };
  return [own, ...lent];
}

const lentBy = (line: CreditLine, { encode }: Opportunity): Loan => ({
  ...{ funding: line.source, mostDebt: line.available, gasUsed: line.gasUsed, fee: line.fee },
  encode: (quote, afterwards) => [line.encode(quote.debtToCover, [...encode(quote), ...afterwards])],
});

/** The pool that buys part of the collateral lends the debt; the rest of the collateral becomes WETH. */
function buyDebtFlashSwap(opportunity: Opportunity, pool: Pool, rest: Exchange): Way {
  const { debtAsset, collateralAsset } = opportunity;
  return {
    opportunity,
    funding: `${pool.venue}-flash-swap`,
    pools: [pool, ...rest.pools],
    ceilingWei: ({ debtToCover, seizedCollateral }) =>
      rest.bestFor(seizedCollateral - leastIn(pool, collateralAsset, debtToCover)),
    deal(quote) {
      const swap = pool.quoteExactOut(debtAsset, quote.debtToCover);
      if (swap === undefined || swap.amountIn > quote.seizedCollateral) return undefined;
      const sale = rest.trade(quote.seizedCollateral - swap.amountIn);
      if (sale === undefined) return undefined;
      return {
        flashFee: 0n,
        encode: () => [
          pool.encodeExactOut(debtAsset, quote.debtToCover, opportunity.encode(quote)),
          ...sale.encode(),
        ],
        grossProfitWei: sale.amountOut,
        gasUsed: quote.gasUsed + swap.gasUsed + sale.gasUsed,
        poolsAfter: [swap.poolAfter, ...sale.poolsAfter],
      };
    },
  };
}

/** WETH is the debt: the pool pays for all the collateral at once, and what the debt leaves is profit. */
function sellAllFlashSwap(opportunity: Opportunity, pool: Pool): Way {
  const { collateralAsset } = opportunity;
  return {
    opportunity,
    funding: `${pool.venue}-flash-swap`,
    pools: [pool],
    ceilingWei: ({ debtToCover, seizedCollateral }) =>
      mostOut(pool, collateralAsset, seizedCollateral) - debtToCover,
    deal(quote) {
      const { debtToCover, seizedCollateral } = quote;
      const swap = pool.quoteExactIn(collateralAsset, seizedCollateral);
      if (swap === undefined || swap.amountOut < debtToCover) return undefined;
      return {
        flashFee: 0n,
        encode: () => [pool.encodeExactIn(collateralAsset, seizedCollateral, opportunity.encode(quote))],
        grossProfitWei: swap.amountOut - debtToCover,
        gasUsed: quote.gasUsed + swap.gasUsed,
        poolsAfter: [swap.poolAfter],
      };
    },
  };
}

/** Somebody fronts the debt; inside the loan the collateral is sold for WETH and the debt bought back. */
function flashLoan(opportunity: Opportunity, loan: Loan, sell: Exchange, buy: Exchange): Way {
  return {
    opportunity,
    ...termsOf(loan),
    pools: [...sell.pools, ...buy.pools],
    ceilingWei: ({ debtToCover, seizedCollateral }) =>
      sell.bestFor(seizedCollateral) - buy.bestFor(debtToCover + loan.fee(debtToCover)),
    deal(quote) {
      const flashFee = loan.fee(quote.debtToCover);
      const sale = sell.trade(quote.seizedCollateral);
      if (sale === undefined) return undefined;
      const purchase = buy.trade(quote.debtToCover + flashFee);
      if (purchase === undefined || purchase.amountIn > sale.amountOut) return undefined;
      return {
        flashFee,
        encode: () => loan.encode(quote, [...sale.encode(), ...purchase.encode()]),
        grossProfitWei: sale.amountOut - purchase.amountIn,
        gasUsed: quote.gasUsed + loan.gasUsed + sale.gasUsed + purchase.gasUsed,
        poolsAfter: combined(sale.poolsAfter, purchase.poolsAfter),
      };
    },
  };
}

/** Debt and collateral are one token: the loan is paid back out of what is seized. */
function repayInKind(opportunity: Opportunity, loan: Loan, sell: Exchange): Way {
  return {
    opportunity,
    ...termsOf(loan),
    pools: sell.pools,
    ceilingWei: ({ debtToCover, seizedCollateral }) =>
      sell.bestFor(seizedCollateral - debtToCover - loan.fee(debtToCover)),
    deal(quote) {
      const flashFee = loan.fee(quote.debtToCover);
      const left = quote.seizedCollateral - quote.debtToCover - flashFee;
      const sale = left < 0n ? undefined : sell.trade(left);
      if (sale === undefined) return undefined;
      return {
        flashFee,
        encode: () => [...loan.encode(quote, []), ...sale.encode()],
        grossProfitWei: sale.amountOut,
        gasUsed: quote.gasUsed + loan.gasUsed + sale.gasUsed,
        poolsAfter: sale.poolsAfter,
      };
    },
  };
}

const termsOf = ({ funding, mostDebt }: Loan) =>
  mostDebt === undefined ? { funding } : { funding, mostDebt };
