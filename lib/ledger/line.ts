import type { Address, Hex, SkipReason } from '../domain.ts';
import { bundleLines } from './bundle-lines.ts';
import { bundleStories } from './bundle-story.ts';
import type { Fact, FactSubject, Skipped } from './fact.ts';
import type { Rival } from './outcome.ts';

/**
 * One line of the accounts: one borrower of one bundle, or one decision not to send. Every wei of a bundle is
 * on exactly one line, so that lines sum to the same total however they are grouped.
 */
export interface Line extends FactSubject {
  /** `undefined` where the claim is not among the facts. */
  readonly feed?: string;
  readonly result: LineResult;
  /** Why it was skipped. */
  readonly reason?: SkipReason;
  readonly protocol?: string;
  readonly borrower?: Address;
  readonly funding?: string;
  readonly ownTransactionHash?: Hex;
  /** Where our transaction landed. */
  readonly block?: number;
  /** What was exchanged, where it was won. */
  readonly exchange?: Exchange;
  /** Who took the borrower instead. */
  readonly rival?: Rival;
  /** In the borrower's debt asset; the gross profit is what is left after it. */
  readonly flashFee?: { readonly asset: Address; readonly amount: bigint };
  readonly amounts: Amounts;
}

export type LineResult =
  | 'won'
  /** Undone inside an included bundle, and nobody else took the borrower. */
  | 'failed'
  | 'lost'
  | 'reverted'
  | 'expired'
  /** Its simulation reverted, so it was never sent. */
  | 'withdrawn'
  /** Sent, or about to be; its target block is too young to settle. */
  | 'open'
  | 'skipped'
  /** Claimed, and nothing since: the invocation ended before it decided. */
  | 'undecided';

/** One liquidation as a trade: debt repaid for collateral seized, in raw units. */
export interface Exchange {
  readonly debtAsset: Address;
  readonly debtToCover: bigint;
  readonly collateralAsset: Address;
  readonly seizedCollateral: bigint;
  /** By the protocol's event, or else by our plan. */
  readonly source: 'event' | 'plan';
}

/** From receipts and logs alone, but for the two that say what the plan promised. */
export interface Amounts {
  /** WETH gained, flash fees repaid. */
  readonly grossProfitWei: bigint;
  readonly bidWei: bigint;
  /** Of reverted transactions and failed items too. */
  readonly gasCostWei: bigint;
  /** grossProfitWei − bidWei − gasCostWei */
  readonly netProfitWei: bigint;
  /** The net profit that the plan promised, where the borrower was won. */
  readonly expectedProfitWei: bigint;
  /** The net profit that the plan promised, where we sent and did not win. */
  readonly missedProfitWei: bigint;
}

export const NO_AMOUNTS: Amounts = {
  grossProfitWei: 0n,
  bidWei: 0n,
  gasCostWei: 0n,
  netProfitWei: 0n,
  expectedProfitWei: 0n,
  missedProfitWei: 0n,
};

/** The lines of one update, from all of its facts or from any part of them. */
export function linesOf(story: readonly Fact[]): readonly Line[] {
  const skips = story.filter((fact) => fact.state === 'skipped').map(skipLine);
  const decided = [...skips, ...bundleStories(story).flatMap(bundleLines)];
  const lines = decided.length > 0 ? decided : story.slice(0, 1).map(undecidedLine);
  const feed = story.find((fact) => fact.state === 'claimed')?.feed;
  return lines.map((line) => ({ ...line, feed }));
}

const skipLine = ({ updateId, chainId, updateAtSeconds, reason, protocol, borrower }: Skipped): Line => ({
  ...{ updateId, chainId, updateAtSeconds, reason, protocol, borrower },
  result: 'skipped',
  amounts: NO_AMOUNTS,
});

const undecidedLine = ({ updateId, chainId, updateAtSeconds }: Fact): Line => ({
  ...{ updateId, chainId, updateAtSeconds },
  result: 'undecided',
  amounts: NO_AMOUNTS,
});
