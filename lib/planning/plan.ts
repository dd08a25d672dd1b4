import type { LiquidationPlan, LiquidationQuote, Opportunity, Skip } from '../domain.ts';
import { type Candidate, candidates } from './candidates.ts';
import type { Liquidity } from './liquidity.ts';
import { type Profit, profitOf, type Terms } from './profit.ts';
import { bestSize } from './size.ts';

export interface Planning {
  /** In the order in which they must execute: each was priced on the pools that the one before it leaves. */
  readonly plans: readonly LiquidationPlan[];
  /** Every borrower that was open and is left alone, with the numbers that decided. */
  readonly skips: readonly Skip[];
}

/** The most profitable liquidation of each borrower; the best borrowers meet the pools first. */
export function planLiquidations(
  opportunities: readonly Opportunity[],
  liquidity: Liquidity,
  terms: Terms,
): Planning {
  const plans: LiquidationPlan[] = [];
  const skips: Skip[] = [];
  let pools = liquidity;
  for (const pairs of inOrderOfProfit(opportunities, liquidity, terms)) {
    const fixedGas = plans.length === 0 ? terms.fixedGas : 0n;
    const verdict = decide(pairs, pools, { ...terms, fixedGas });
    if ('skip' in verdict) {
      skips.push(verdict.skip);
    } else {
      plans.push(toPlan(verdict.best));
      pools = pools.after(verdict.best.candidate.poolsAfter);
    }
  }
  return { plans, skips };
}

interface Choice {
  readonly opportunity: Opportunity;
  readonly quote: LiquidationQuote;
  readonly candidate: Candidate;
  readonly gasUsed: bigint;
  readonly profit: Profit;
}

type Verdict = { readonly best: Choice } | { readonly skip: Skip };

function inOrderOfProfit(
  opportunities: readonly Opportunity[],
  liquidity: Liquidity,
  terms: Terms,
): readonly (readonly Opportunity[])[] {
  const borrowers = Map.groupBy(opportunities, ({ protocol, borrower }) => `${protocol}:${borrower}`);
  return [...borrowers.values()]
    .map((pairs) => ({ pairs, profitWei: bestOf(pairs, liquidity, terms)?.profit.profitWei }))
    .sort((a, b) => descending(a.profitWei, b.profitWei))
    .map(({ pairs }) => pairs);
}

function decide(pairs: readonly Opportunity[], liquidity: Liquidity, terms: Terms): Verdict {
  const best = bestOf(pairs, liquidity, terms);
  if (best === undefined) return { skip: unreachable(pairs) };
  if (best.profit.profitWei < terms.minProfitWei) return { skip: unprofitable(best, terms) };
  return { best };
}

/** Over every pair, size and way of funding. */
function bestOf(pairs: readonly Opportunity[], liquidity: Liquidity, terms: Terms): Choice | undefined {
  const choices = pairs.flatMap((opportunity) => {
    const sized = bestSize(opportunity.maxDebtToCover, (size) =>
      valuation(opportunity, size, liquidity, terms),
    );
    return sized ? [sized.choice] : [];
  });
  return choices.sort((a, b) => descending(a.profit.profitWei, b.profit.profitWei))[0];
}

function valuation(opportunity: Opportunity, debtToCover: bigint, liquidity: Liquidity, terms: Terms) {
  const quote = opportunity.quote(debtToCover);
  if (quote === undefined) return undefined;
  const choices = candidates(opportunity, quote, liquidity).map((candidate): Choice => {
    const gasUsed = candidate.gasUsed + terms.fixedGas;
    return {
      opportunity,
      quote,
      candidate,
      gasUsed,
      profit: profitOf(candidate.grossProfitWei, gasUsed, terms),
    };
  });
  const choice = choices.sort((a, b) => descending(a.profit.profitWei, b.profit.profitWei))[0];
  return choice && { value: choice.profit.profitWei, choice };
}

function toPlan({ opportunity, quote, candidate, gasUsed, profit }: Choice): LiquidationPlan {
  const { protocol, borrower, debtAsset, collateralAsset, healthFactorWad } = opportunity;
  const { debtToCover, seizedCollateral } = quote;
  const { funding, flashFee, grossProfitWei } = candidate;
  return {
    ...{ protocol, borrower, debtAsset, collateralAsset, healthFactorWad, debtToCover, seizedCollateral },
    ...{ funding, flashFee, calls: candidate.encode(), grossProfitWei, gasUsed, ...profit },
  };
}

function unprofitable({ opportunity, quote, candidate, gasUsed, profit }: Choice, terms: Terms): Skip {
  return {
    reason: 'unprofitable',
    protocol: opportunity.protocol,
    borrower: opportunity.borrower,
    numbers: {
      debtAsset: opportunity.debtAsset,
      collateralAsset: opportunity.collateralAsset,
      debtToCover: quote.debtToCover,
      seizedCollateral: quote.seizedCollateral,
      grossProfitWei: candidate.grossProfitWei,
      gasUsed,
      ...profit,
      minProfitWei: terms.minProfitWei,
    },
  };
}

/** The protocol refuses every size we tried, or nobody lends or buys at a price that pays the debt back. */
function unreachable(pairs: readonly Opportunity[]): Skip {
  const refused = pairs.every((pair) => pair.quote(pair.maxDebtToCover) === undefined);
  return {
    reason: refused ? 'refusedByProtocol' : 'noRoute',
    protocol: pairs[0]?.protocol,
    borrower: pairs[0]?.borrower,
    numbers: Object.fromEntries(
      pairs.map((pair) => [`${pair.debtAsset}/${pair.collateralAsset}`, pair.maxDebtToCover]),
    ),
  };
}

function descending(a: bigint | undefined, b: bigint | undefined): number {
  if (a === b) return 0;
  if (a === undefined) return 1;
  if (b === undefined) return -1;
  return a > b ? -1 : 1;
}
