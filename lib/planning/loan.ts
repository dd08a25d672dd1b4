import type { Call } from '../call.ts';
import type { LiquidationQuote, Opportunity } from '../domain.ts';
import type { CreditLine } from '../flash/source.ts';
import type { Address } from '../hex.ts';

/** Who fronts the debt: a lender, or the protocol itself, which calls back before it collects. */
export interface Loan {
  readonly funding: string;
  readonly mostDebt?: bigint;
  readonly gasUsed: bigint;
  /** A contract that takes no other call until the loan is paid back. */
  readonly locks?: Address | undefined;
  /** Another one lends as much for no more, and locks no more. */
  readonly isOutdone: boolean;
  fee(debtToCover: bigint): bigint;
  /** The liquidation with its loan; `afterwards` runs once the collateral is here and before the loan is due. */
  encode(quote: LiquidationQuote, afterwards: readonly Call[]): readonly Call[];
}

/** @param mostDebt what has to be fronted at most */
export function loansFor(
  opportunity: Opportunity,
  lines: readonly CreditLine[],
  mostDebt: bigint,
): readonly Loan[] {
  const { protocol, callbackGas } = opportunity;
  const lent = lines.map((line): Loan => lentBy(line, opportunity));
  const own: Loan = {
    funding: `${protocol}-callback`,
    gasUsed: callbackGas ?? 0n,
    isOutdone: false,
    fee: () => 0n,
    encode: (quote, afterwards) => opportunity.encode(quote, afterwards),
  };
  const loans = callbackGas === undefined ? lent : [own, ...lent];
  return loans.map((loan, index) => ({
    ...loan,
    isOutdone: loans.some((other, at) => other !== loan && outdoes(other, loan, mostDebt, at < index)),
  }));
}

/** @param isFirst settles it between two that are the same */
function outdoes(one: Loan, other: Loan, mostDebt: bigint, isFirst: boolean): boolean {
  const covers = one.mostDebt === undefined || one.mostDebt >= mostDebt;
  const locksNoMore = one.locks === undefined || one.locks === other.locks;
  const [fee, otherFee] = [one.fee(mostDebt), other.fee(mostDebt)];
  if (!covers || !locksNoMore || fee > otherFee || one.gasUsed > other.gasUsed) return false;
  return fee < otherFee || one.gasUsed < other.gasUsed || isFirst;
}

const lentBy = (line: CreditLine, { encode }: Opportunity): Loan => ({
  ...{ funding: line.source, mostDebt: line.available, gasUsed: line.gasUsed, locks: line.locks },
  ...{ isOutdone: false, fee: line.fee },
  encode: (quote, afterwards) => [line.encode(quote.debtToCover, [...encode(quote), ...afterwards])],
});
