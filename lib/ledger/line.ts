import type { SkipReason } from '../decision.ts';
import type { Trigger } from '../domain.ts';
import type { Address, Hex } from '../hex.ts';
import { type Amounts, amountsFrom, NO_AMOUNTS } from './amounts.ts';
import { bundleLines } from './bundle-lines.ts';
import { bundleStories } from './bundle-story.ts';
import type { Claimed, Fact, FactSubject, Skipped } from './fact.ts';
import type { BlockBuilder, Rival } from './outcome.ts';

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
  /** Claimed, and nothing since: the invocation ended before it decided. */
  | 'undecided';

export const RESULTS: readonly LineResult[] = [
  ...(['won', 'lost', 'expired', 'failed', 'reverted'] as const),
  ...(['withdrawn', 'open', 'unknown', 'skipped', 'undecided'] as const),
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

/** The lines of one update, from all of its facts or from any part of them. */
export function linesOf(story: readonly Fact[]): readonly Line[] {
  const skips = story.filter((fact) => fact.state === 'skipped').map(skipLine);
  const decided = [...skips, ...bundleStories(story).flatMap(bundleLines)];
  const lines = decided.length > 0 ? decided : story.slice(0, 1).map(undecidedLine);
  const claimed = story.find((fact) => fact.state === 'claimed');
  return claimed === undefined ? lines : lines.map((line) => ({ ...line, ...originOf(claimed) }));
}

const originOf = ({ feed, trigger, usdPerEthBase8 }: Claimed) => ({ feed, trigger, usdPerEthBase8 });

function skipLine({
  updateId,
  chainId,
  updateAtSeconds,
  reason,
  protocol,
  borrower,
  numbers,
}: Skipped): Line {
  const { debtAsset, collateralAsset, profitWei } = numbers;
  return {
    ...{ updateId, chainId, updateAtSeconds, reason, protocol, borrower },
    debtAsset: word(debtAsset),
    collateralAsset: word(collateralAsset),
    result: 'skipped',
    amounts: typeof profitWei === 'bigint' && profitWei > 0n ? missed(profitWei) : NO_AMOUNTS,
  };
}

const word = (value: bigint | string | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined;

const missed = (missedProfitWei: bigint): Amounts => amountsFrom({ missedProfitWei });

const undecidedLine = ({ updateId, chainId, updateAtSeconds }: Fact): Line => ({
  ...{ updateId, chainId, updateAtSeconds },
  result: 'undecided',
  amounts: NO_AMOUNTS,
});
