import type { Address } from './hex.ts';

/** An expected "no": why nothing was done, with the numbers that decided. */
export interface Skip {
  readonly reason: SkipReason;
  readonly protocol?: string;
  readonly borrower?: Address;
  readonly numbers: Readonly<Record<string, bigint | string>>;
  readonly alternatives?: readonly Alternative[];
}

export type SkipReason =
  | 'opensNothing'
  /** The book has had the account wrong more than once. */
  | 'quarantined'
  | 'noRoute'
  | 'unprofitable'
  | 'refusedByProtocol'
  | 'refusedByPolicy'
  | 'simulationReverted'
  | 'tooLate'
  /** One of the feed's own sent it, and others than its oracles signed it. */
  | 'forgedReport'
  | 'paused'
  | 'dryRun'
  /** The bundle was full with those that came before. */
  | 'noRoom'
  | 'racedTogether'
  | 'takenBack';

/** A liquidation of the same borrower that was weighed and not chosen. */
export interface Alternative {
  readonly reason: LostReason;
  readonly debtAsset: Address;
  readonly collateralAsset: Address;
  readonly steps: number;
  /** Absent where nobody lends or buys, or where it was ruled out before anybody was asked. */
  readonly funding?: string;
  readonly debtToCover?: bigint;
  /** After gas and bid, exact as the plan's own, in the best size that was found. */
  readonly profitWei?: bigint;
}

export type LostReason =
  /** It can be done, and leaves less. */
  | 'lessProfit'
  /** It leaves more alone, and less together with what could still be done after it. */
  | 'lessTogether'
  /** Nobody lends or buys at a price that pays the debt back. */
  | 'noRoute'
  /** It seizes a receipt, which cannot repay the loan that pays for it. */
  | 'receiptRepaysNoLoan';
