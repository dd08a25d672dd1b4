import type { Call, LiquidationQuote, Opportunity } from '../domain.ts';
import type { CreditLine } from '../flash/source.ts';
import type { Pool } from '../venues/venue.ts';
import type { Liquidity } from './liquidity.ts';
import { buyWithWeth, combined, keep, sellForWeth, type Trade } from './trade.ts';

/** One way to fund and sell one liquidation. Everything it leaves is WETH. */
export interface Candidate {
  readonly funding: string;
  /** In debtAsset, on top of the loan; 0 for a flash-swap, whose fee is the swap's. */
  readonly flashFee: bigint;
  /** Only the plan that is chosen is worth encoding. */
  encode(): readonly Call[];
  readonly grossProfitWei: bigint;
  readonly gasUsed: bigint;
  readonly poolsAfter: readonly Pool[];
}

/** Every way that can carry this liquidation; empty where nobody lends or nobody buys. */
export function candidates(
  opportunity: Opportunity,
  quote: LiquidationQuote,
  liquidity: Liquidity,
): readonly Candidate[] {
  const { debtAsset, collateralAsset } = opportunity;
  const pools = liquidity.poolsBetween(debtAsset, collateralAsset);
  const flashSwap = debtAsset === liquidity.weth ? sellAllFlashSwap : buyDebtFlashSwap;
  return [
    ...pools.map((pool) => flashSwap(opportunity, quote, pool, liquidity)),
    ...liquidity.creditLines(debtAsset).map((line) => flashLoan(opportunity, quote, line, liquidity)),
  ].filter((candidate) => candidate !== undefined);
}

/** The pool that buys part of the collateral lends the debt; the rest of the collateral becomes WETH. */
function buyDebtFlashSwap(
  opportunity: Opportunity,
  quote: LiquidationQuote,
  pool: Pool,
  liquidity: Liquidity,
): Candidate | undefined {
  const swap = pool.quoteExactOut(opportunity.debtAsset, quote.debtToCover);
  if (swap === undefined || swap.amountIn > quote.seizedCollateral) return undefined;
  const left = quote.seizedCollateral - swap.amountIn;
  const sale = sellForWeth(opportunity.collateralAsset, left, liquidity.after([swap.poolAfter]));
  if (sale === undefined) return undefined;
  return {
    funding: `${pool.venue}-flash-swap`,
    flashFee: 0n,
    encode: () => [
      pool.encodeExactOut(opportunity.debtAsset, quote.debtToCover, opportunity.encode(quote)),
      ...sale.encode(),
    ],
    grossProfitWei: sale.amountOut,
    gasUsed: quote.gasUsed + swap.gasUsed + sale.gasUsed,
    poolsAfter: combined([swap.poolAfter], sale.poolsAfter),
  };
}

/** WETH is the debt: the pool pays for all the collateral at once, and what the debt leaves is profit. */
function sellAllFlashSwap(
  opportunity: Opportunity,
  quote: LiquidationQuote,
  pool: Pool,
): Candidate | undefined {
  const swap = pool.quoteExactIn(opportunity.collateralAsset, quote.seizedCollateral);
  if (swap === undefined || swap.amountOut < quote.debtToCover) return undefined;
  return {
    funding: `${pool.venue}-flash-swap`,
    flashFee: 0n,
    encode: () => [
      pool.encodeExactIn(opportunity.collateralAsset, quote.seizedCollateral, opportunity.encode(quote)),
    ],
    grossProfitWei: swap.amountOut - quote.debtToCover,
    gasUsed: quote.gasUsed + swap.gasUsed,
    poolsAfter: [swap.poolAfter],
  };
}

/** A lender lends the debt; inside the loan the collateral is sold for WETH and the debt bought back. */
function flashLoan(
  opportunity: Opportunity,
  quote: LiquidationQuote,
  line: CreditLine,
  liquidity: Liquidity,
): Candidate | undefined {
  if (line.available < quote.debtToCover) return undefined;
  const flashFee = line.fee(quote.debtToCover);
  const owed = quote.debtToCover + flashFee;
  const conversion = convert(opportunity, quote.seizedCollateral, owed, liquidity);
  if (conversion === undefined) return undefined;
  return {
    funding: line.source,
    flashFee,
    encode: () => [
      line.encode(quote.debtToCover, [...opportunity.encode(quote), ...conversion.within.encode()]),
      ...conversion.after.encode(),
    ],
    grossProfitWei: conversion.profitWei,
    gasUsed: quote.gasUsed + line.gasUsed + conversion.within.gasUsed + conversion.after.gasUsed,
    poolsAfter: combined(conversion.within.poolsAfter, conversion.after.poolsAfter),
  };
}

interface Conversion {
  /** Trades that must happen before the loan is paid back. */
  readonly within: Trade;
  readonly after: Trade;
  readonly profitWei: bigint;
}

function convert(
  { debtAsset, collateralAsset }: Opportunity,
  seized: bigint,
  owed: bigint,
  liquidity: Liquidity,
): Conversion | undefined {
  if (debtAsset === collateralAsset) return repayInKind(collateralAsset, seized, owed, liquidity);
  const sale = sellForWeth(collateralAsset, seized, liquidity);
  if (sale === undefined) return undefined;
  const purchase = buyWithWeth(debtAsset, owed, liquidity.after(sale.poolsAfter));
  if (purchase === undefined || purchase.amountIn > sale.amountOut) return undefined;
  const within: Trade = {
    ...purchase,
    encode: () => [...sale.encode(), ...purchase.encode()],
    gasUsed: sale.gasUsed + purchase.gasUsed,
    poolsAfter: combined(sale.poolsAfter, purchase.poolsAfter),
  };
  return { within, after: keep(0n), profitWei: sale.amountOut - purchase.amountIn };
}

function repayInKind(
  token: string,
  seized: bigint,
  owed: bigint,
  liquidity: Liquidity,
): Conversion | undefined {
  if (seized < owed) return undefined;
  const after = sellForWeth(token, seized - owed, liquidity);
  return after && { within: keep(0n), after, profitWei: after.amountOut };
}
