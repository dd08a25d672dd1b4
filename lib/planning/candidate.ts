import type { LiquidationQuote, Opportunity } from '../domain.ts';
import type { Liquidity } from './liquidity.ts';
import { type Loan, loansFor } from './loan.ts';

/** An opportunity that somebody may pay for, and all about it that no trade of ours changes. */
export interface Candidate {
  readonly opportunity: Opportunity;
  readonly spans: readonly Span[];
  readonly loans: readonly Loan[];
}

/** Sizes between two kinks of an opportunity, where collateral is seized in proportion to debt. */
export interface Span {
  readonly low: bigint;
  /** Of the upper kink. */
  readonly top: LiquidationQuote;
}

export function candidateOf(opportunity: Opportunity, { creditLines }: Liquidity): Candidate {
  const { debtAsset, maxDebtToCover } = opportunity;
  const loans = loansFor(opportunity, creditLines(debtAsset), maxDebtToCover);
  return { opportunity, spans: spansOf(opportunity), loans };
}

function spansOf({ kinks, quote }: Opportunity): readonly Span[] {
  return kinks.slice(1).flatMap((kink, index) => {
    const top = quote(kink);
    return top === undefined ? [] : [{ low: kinks[index] ?? 0n, top }];
  });
}
