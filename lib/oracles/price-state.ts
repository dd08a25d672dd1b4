import type { Head, TargetBlock } from '../block.ts';
import type { OracleUpdate } from '../domain.ts';
import type { PriceChange } from '../price-change.ts';
import type { HiddenRounds } from './read-hidden-rounds.ts';
import { roundOfSecondaryReaders } from './visibility.ts';

/** What of a market says what time alone brings to light. */
export interface TimedPrices {
  readonly head: Pick<Head, 'timestampSeconds'>;
  readonly hidden: readonly HiddenRounds[];
}

/** A round of a dual aggregator that its readers will see, though nobody sends anything. */
export interface LapsedRound extends PriceChange {
  readonly round: number;
}

/** Rounds that nobody sees at the head, and everybody will in the target block. */
export function lapsedRounds(
  { head, hidden }: TimedPrices,
  target: Pick<TargetBlock, 'timestampSeconds'>,
): readonly LapsedRound[] {
  return hidden.flatMap(({ aggregator, feed, answers }) => {
    const before = roundOfSecondaryReaders(feed, head.timestampSeconds);
    const round = roundOfSecondaryReaders(feed, target.timestampSeconds);
    const answer = answers.get(round);
    return round === before || answer === undefined ? [] : [{ aggregator, answer, round }];
  });
}

/**
 * Every answer that differs in the target block from the head, each aggregator once: what time brings to light, and
 * over it what the update brings.
 */
export function changesBy(
  update: Pick<OracleUpdate, 'aggregator' | 'answer' | 'alongside'>,
  prices: TimedPrices,
  target: Pick<TargetBlock, 'timestampSeconds'>,
): readonly PriceChange[] {
  const changes = [...lapsedRounds(prices, target), ...(update.alongside ?? []), update];
  const newest = new Map(changes.map(({ aggregator, answer }) => [aggregator, answer]));
  return [...newest].map(([aggregator, answer]) => ({ aggregator, answer }));
}
