import type { Call } from '../call.ts';
import type { LiquidationQuote, Opportunity } from '../domain.ts';
import type { Pool } from '../venues/venue.ts';
import type { Liquidity } from './liquidity.ts';
import { type Loan, loansFor } from './loan.ts';
import { nested } from './route.ts';
import { combined, type Exchange, exchangesFor, type Order, type Trade } from './trade.ts';

/**
 * One lender and one market for every sale: a fixed way to fund and sell a liquidation. What it leaves is
 * concave in the size as long as collateral is seized in proportion, for price impact only grows.
 */
export interface Way {
  readonly opportunity: Opportunity;
  readonly funding: string;
  /** Every pool that it trades in. */
  readonly pools: readonly Pool[];
  /** Another lender does the same for less: only to be told of. */
  readonly isOutdone?: boolean | undefined;
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
  const { debtAsset, collateralAsset, maxDebtToCover, quote } = opportunity;
  const market = new Markets(liquidity, quote(maxDebtToCover) ?? nothingSeized);
  const loans = loansFor(opportunity, liquidity.creditLines(debtAsset), maxDebtToCover);
  if (debtAsset === collateralAsset) {
    return loans.flatMap((loan) =>
      market.sales(collateralAsset).map((sale) => repayInKind(opportunity, loan, sale)),
    );
  }
  return [
    ...(debtAsset === liquidity.weth
      ? market.nestedSales(collateralAsset).map((sale) => sellAllFlashSwap(opportunity, sale))
      : market
          .nestedPurchases(collateralAsset, debtAsset)
          .flatMap((buy) =>
            market.rests(collateralAsset, buy).map((rest) => buyDebtFlashSwap(opportunity, buy, rest)),
          )),
    ...loans.flatMap((loan) => lentWays(opportunity, market, loan)),
  ];
}

/** The collateral is sold through WETH, or part of it for the debt and the rest for WETH. */
function lentWays(opportunity: Opportunity, market: Markets, loan: Loan): readonly Way[] {
  const { debtAsset, collateralAsset } = opportunity;
  const { weth } = market.liquidity;
  const throughWeth = market
    .sales(collateralAsset, loan.locks)
    .flatMap((sale) =>
      market
        .purchases(weth, debtAsset, loan.locks, sale)
        .map((buy) => sellThenBuy(opportunity, loan, sale, buy)),
    );
  if (debtAsset === weth || collateralAsset === weth) return throughWeth;
  const direct = market
    .purchases(collateralAsset, debtAsset, loan.locks)
    .flatMap((buy) =>
      market.rests(collateralAsset, buy, loan.locks).map((rest) => buyThenSell(opportunity, loan, buy, rest)),
    );
  return [...throughWeth, ...direct];
}

const nothingSeized = { debtToCover: 0n, seizedCollateral: 0n };

/** The markets of one opportunity, in its sizes. */
class Markets {
  readonly liquidity: Liquidity;
  readonly #debtToCover: bigint;
  readonly #seized: bigint;
  readonly #known = new Map<string, readonly Exchange[]>();

  constructor(
    liquidity: Liquidity,
    { debtToCover, seizedCollateral }: Pick<LiquidationQuote, 'debtToCover' | 'seizedCollateral'>,
  ) {
    this.liquidity = liquidity;
    this.#debtToCover = debtToCover;
    this.#seized = seizedCollateral;
  }

  /** Of the seized collateral for WETH. */
  sales(collateral: string, locked?: string): readonly Exchange[] {
    return this.#exchanges({ ...this.#sale(collateral), without: setOf(locked) });
  }

  /** The pools pay first, one inside the other. */
  nestedSales(collateral: string): readonly Exchange[] {
    return this.#exchanges({ ...this.#sale(collateral), isNested: true });
  }

  /** Of the debt, in pools that the sale before it has left alone. */
  purchases(tokenIn: string, debt: string, locked?: string, sale?: Exchange): readonly Exchange[] {
    return this.#exchanges({ ...this.#purchase(tokenIn, debt), without: setOf(locked, sale) });
  }

  nestedPurchases(tokenIn: string, debt: string): readonly Exchange[] {
    return this.#exchanges({ ...this.#purchase(tokenIn, debt), isNested: true });
  }

  /** For the little that is left: the best market by itself, and all together. */
  rests(collateral: string, buy: Exchange, locked?: string): readonly Exchange[] {
    const most = this.#seized / 8n;
    const all = this.#exchanges({ ...this.#sale(collateral), most, without: setOf(locked, buy) });
    return [...new Set([...all.slice(0, 1), ...all.slice(-1)])];
  }

  #sale(collateral: string): Order {
    const { weth } = this.liquidity;
    return { side: 'sell', tokenIn: collateral, tokenOut: weth, most: this.#seized };
  }

  #purchase(tokenIn: string, debt: string): Order {
    return { side: 'buy', tokenIn, tokenOut: debt, most: this.#debtToCover };
  }

  #exchanges(order: Order): readonly Exchange[] {
    const { side, tokenIn, tokenOut, most, without = new Set(), isNested = false } = order;
    const key = [side, tokenIn, tokenOut, most, isNested, ...without].join();
    const exchanges = this.#known.get(key) ?? exchangesFor(order, this.liquidity);
    this.#known.set(key, exchanges);
    return exchanges;
  }
}

const setOf = (locked: string | undefined, used?: Exchange): ReadonlySet<string> =>
  new Set([...(locked === undefined ? [] : [locked]), ...(used?.pools.map(({ id }) => id) ?? [])]);

/** Pools that buy part of the collateral lend the debt; the rest of the collateral becomes WETH. */
function buyDebtFlashSwap(opportunity: Opportunity, buy: Exchange, rest: Exchange): Way {
  return {
    ...{ opportunity, funding: flashSwapOf(buy), pools: [...buy.pools, ...rest.pools] },
    ceilingWei: ({ debtToCover, seizedCollateral }) =>
      rest.bestFor(seizedCollateral - buy.bestFor(debtToCover)),
    deal(quote) {
      const trades = boughtAndSold(quote, quote.debtToCover, buy, rest);
      return trades && { ...trades, flashFee: 0n, encode: () => flashSwapped(opportunity, quote, trades) };
    },
  };
}

const flashSwapped = (opportunity: Opportunity, quote: LiquidationQuote, { first, second }: Trades) => [
  ...nested(first.legs, 'buy', opportunity.encode(quote)),
  ...second.encode(),
];

/** WETH is the debt: pools pay for all the collateral at once, and what the debt leaves is profit. */
function sellAllFlashSwap(opportunity: Opportunity, sale: Exchange): Way {
  return {
    ...{ opportunity, funding: flashSwapOf(sale), pools: sale.pools },
    ceilingWei: ({ debtToCover, seizedCollateral }) => sale.bestFor(seizedCollateral) - debtToCover,
    deal(quote) {
      const trade = sale.trade(quote.seizedCollateral);
      if (trade === undefined || trade.amountOut < quote.debtToCover) return undefined;
      return {
        flashFee: 0n,
        encode: () => nested(trade.legs, 'sell', opportunity.encode(quote)),
        grossProfitWei: trade.amountOut - quote.debtToCover,
        gasUsed: quote.gasUsed + trade.gasUsed,
        poolsAfter: trade.poolsAfter,
      };
    },
  };
}

/** Somebody fronts the debt; inside the loan the collateral is sold for WETH and the debt bought back. */
function sellThenBuy(opportunity: Opportunity, loan: Loan, sell: Exchange, buy: Exchange): Way {
  return {
    ...{ opportunity, ...termsOf(loan), pools: [...sell.pools, ...buy.pools] },
    ceilingWei: ({ debtToCover, seizedCollateral }) =>
      sell.bestFor(seizedCollateral) - buy.bestFor(debtToCover + loan.fee(debtToCover)),
    deal(quote) {
      const flashFee = loan.fee(quote.debtToCover);
      const sale = sell.trade(quote.seizedCollateral);
      if (sale === undefined) return undefined;
      const purchase = buy.trade(quote.debtToCover + flashFee);
      if (purchase === undefined || purchase.amountIn > sale.amountOut) return undefined;
      return {
        ...lentDeal(loan, quote, { first: sale, second: purchase }),
        grossProfitWei: sale.amountOut - purchase.amountIn,
      };
    },
  };
}

/** Somebody fronts the debt; inside the loan part of the collateral buys it back, and the rest becomes WETH. */
function buyThenSell(opportunity: Opportunity, loan: Loan, buy: Exchange, rest: Exchange): Way {
  return {
    ...{ opportunity, ...termsOf(loan), pools: [...buy.pools, ...rest.pools] },
    ceilingWei: ({ debtToCover, seizedCollateral }) =>
      rest.bestFor(seizedCollateral - buy.bestFor(debtToCover + loan.fee(debtToCover))),
    deal(quote) {
      const trades = boughtAndSold(quote, quote.debtToCover + loan.fee(quote.debtToCover), buy, rest);
      return trades && { ...lentDeal(loan, quote, trades), grossProfitWei: trades.grossProfitWei };
    },
  };
}

/** Debt and collateral are one token: the loan is paid back out of what is seized. */
function repayInKind(opportunity: Opportunity, loan: Loan, sell: Exchange): Way {
  return {
    ...{ opportunity, ...termsOf(loan), pools: sell.pools },
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

interface Trades {
  readonly first: Trade;
  readonly second: Trade;
}

/** Collateral buys what is owed; the rest of it is sold. */
function boughtAndSold(
  { seizedCollateral, gasUsed }: LiquidationQuote,
  owed: bigint,
  buy: Exchange,
  rest: Exchange,
) {
  const first = buy.trade(owed);
  if (first === undefined || first.amountIn > seizedCollateral) return undefined;
  const second = rest.trade(seizedCollateral - first.amountIn);
  if (second === undefined) return undefined;
  return {
    ...{ first, second, grossProfitWei: second.amountOut },
    gasUsed: gasUsed + first.gasUsed + second.gasUsed,
    poolsAfter: combined(first.poolsAfter, second.poolsAfter),
  };
}

const lentDeal = (
  loan: Loan,
  quote: LiquidationQuote,
  { first, second }: Trades,
): Omit<Deal, 'grossProfitWei'> => ({
  flashFee: loan.fee(quote.debtToCover),
  encode: () => loan.encode(quote, [...first.encode(), ...second.encode()]),
  gasUsed: quote.gasUsed + loan.gasUsed + first.gasUsed + second.gasUsed,
  poolsAfter: combined(first.poolsAfter, second.poolsAfter),
});

const termsOf = ({ funding, mostDebt, isOutdone }: Loan) => ({
  ...{ funding, isOutdone },
  ...(mostDebt === undefined ? {} : { mostDebt }),
});

const flashSwapOf = ({ pools }: Exchange): string =>
  `${[...new Set(pools.map(({ venue }) => venue))].join('+')}-flash-swap`;
