import { BPS, max } from '../math/fixed-point.ts';

/** What the searcher has chosen, and what gas costs in the target block. */
export interface Terms {
  /** Base fee of the target block plus our priority fee. */
  readonly gasPriceWei: bigint;
  /** Gas that a bundle costs whatever is in it; the first plan pays for it. */
  readonly fixedGas: bigint;
  readonly bidBps: bigint;
  /** Least that one borrower, and the bundle as a whole, must leave. May be negative. */
  readonly minProfitWei: bigint;
}

export interface Profit {
  readonly gasCostWei: bigint;
  readonly bidWei: bigint;
  readonly profitWei: bigint;
}

/** The executor's own arithmetic: the bid is a share, rounded down, of what gas leaves of the profit. */
export function profitOf(grossProfitWei: bigint, gasUsed: bigint, terms: Terms): Profit {
  const gasCostWei = gasUsed * terms.gasPriceWei;
  const bidWei = (max(0n, grossProfitWei - gasCostWei) * terms.bidBps) / BPS;
  return { gasCostWei, bidWei, profitWei: grossProfitWei - gasCostWei - bidWei };
}
