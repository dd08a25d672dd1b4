import type { SkipReason } from '../decision.ts';
import type { Trigger } from '../domain.ts';
import type { Address, Hex } from '../hex.ts';
import type { Amounts } from './amounts.ts';
import type { BlockBuilder, MissReason, Rival } from './outcome.ts';
import type { FactSubject } from './subject.ts';

/**
 * One line of the accounts: one borrower of one bundle, or one decision not to send. Every wei of a bundle is
 * on exactly one line, so that lines sum to the same total however they are grouped.
 */
export interface Line extends FactSubject {
  /** `undefined` where the claim is not among the facts. */
  readonly feed?: string;
  readonly trigger?: Trigger['kind'];
  /** US dollars per ether when we decided, 8 decimals. */
  readonly usdPerEthBase8?: bigint;
  readonly result: LineResult;
  /** Why it was skipped. */
  readonly reason?: SkipReason;
  readonly protocol?: string;
  readonly borrower?: Address;
  readonly debtAsset?: Address;
  readonly collateralAsset?: Address;
  readonly funding?: string;
  readonly ownTransactionHash?: Hex;
  /** Who built the block in which we landed, or the one that we aimed at. */
  readonly builder?: BlockBuilder;
  /** Where our transaction landed. */
  readonly block?: number;
  /** What we offered the builder for this borrower, landed or not. */
  readonly offeredBidWei?: bigint;
  /** What was exchanged, where it was won. */
  readonly exchange?: Exchange;
  /** Why somebody else has the borrower, or why nobody could have been us. */
  readonly miss?: MissReason;
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
  /** Settlement asked the chain and was not answered yet. */
  | 'unknown'
  | 'skipped'
  /** Liquidated by somebody else without any decision of ours about it. */
  | 'missed'
  /** Claimed, and nothing since: the invocation ended before it decided. */
  | 'undecided';

export const RESULTS: readonly LineResult[] = [
  ...(['won', 'lost', 'expired', 'failed', 'reverted'] as const),
  ...(['withdrawn', 'open', 'unknown', 'skipped', 'missed', 'undecided'] as const),
];

/** One liquidation as a trade: debt repaid for collateral seized, in raw units. */
export interface Exchange {
  readonly debtAsset: Address;
  readonly debtToCover: bigint;
  readonly collateralAsset: Address;
  readonly seizedCollateral: bigint;
  /** By the protocol's event, or else by our plan. */
  readonly source: 'event' | 'plan';
}
