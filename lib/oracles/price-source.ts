import type { Address } from '../hex.ts';

/** The latest answer of an aggregator, in its own decimals; the update under way is already applied. */
export type AnswerOf = (aggregator: Address) => bigint;

/**
 * What stands between a protocol and its aggregators: a proxy, a capped ratio, a synchronised pair.
 * Frozen at one block; computes what the contract's `latestAnswer()` will return.
 */
export interface PriceSource {
  readonly address: Address;
  /** Every aggregator whose update moves this price. */
  readonly aggregators: readonly Address[];
  /** Equal to the contract's answer to the last digit, at a block of this timestamp. */
  latestAnswer(answerOf: AnswerOf, timestampSeconds: number): bigint;
}
