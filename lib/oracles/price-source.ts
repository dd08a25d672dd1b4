import type { Address } from '../hex.ts';
import type { PriceChange } from '../price-change.ts';

/** The latest answer of an aggregator, in its own decimals; the update under way is already applied. */
export type AnswerOf = (aggregator: Address) => bigint;

/** The answers once these have changed. */
export function answersAfter(changes: readonly PriceChange[], answerOf: AnswerOf): AnswerOf {
  const changed = new Map(changes.map(({ aggregator, answer }) => [aggregator, answer]));
  return (aggregator) => changed.get(aggregator) ?? answerOf(aggregator);
}

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
