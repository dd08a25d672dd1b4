import type { Address, Call, LiquidationQuote, Opportunity } from '../domain.ts';
import type { CreditLine } from '../flash/source.ts';

/** Who fronts the debt: a lender, or the protocol itself, which calls back before it collects. */
export interface Loan {
  readonly funding: string;
  readonly mostDebt?: bigint;
  readonly gasUsed: bigint;
  /** A contract that takes no other call until the loan is paid back. */
  readonly locks?: Address | undefined;
  fee(debtToCover: bigint): bigint;
  /** The liquidation with its loan; `afterwards` runs once the collateral is here and before the loan is due. */
  encode(quote: LiquidationQuote, afterwards: readonly Call[]): readonly Call[];
}

export function loansFor(opportunity: Opportunity, lines: readonly CreditLine[]): readonly Loan[] {
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
  ...{ funding: line.source, mostDebt: line.available, gasUsed: line.gasUsed, locks: line.locks },
  fee: line.fee,
  encode: (quote, afterwards) => [line.encode(quote.debtToCover, [...encode(quote), ...afterwards])],
});
