import { expect, test } from 'vitest';
import { changesBy } from '../../lib/oracles/price-state.ts';
import type { HiddenRounds } from '../../lib/oracles/read-hidden-rounds.ts';
import { token } from '../support/synthetic-market.ts';

const NOW = 1_760_130_000;
const [ETHER, BITCOIN, DOLLAR] = [token(1), token(2), token(3)];

/** One round that was recorded so long ago, behind the one that readers see. */
const hiddenRound = (aggregator: string, recordedAgo: number, answer: bigint): HiddenRounds => ({
  aggregator,
  feed: {
    rounds: [{ id: 8, recordedAtSeconds: NOW - recordedAgo }],
    ...{ latestSecondaryRoundId: 7, cutoffSeconds: 60, maxSyncIterations: 20 },
  },
  answers: new Map([[8, answer]]),
});
const market = (...hidden: readonly HiddenRounds[]) => ({ head: { timestampSeconds: NOW }, hidden });
const target = { timestampSeconds: NOW + 12 };
const ether = { aggregator: ETHER, answer: 100n };

test('an update alone changes its own feed', () => {
  expect(changesBy(ether, market(), target)).toEqual([ether]);
});

test('a round of another feed that comes to light in the target block counts with it', () => {
  const [due, later] = [hiddenRound(BITCOIN, 49, 7n), hiddenRound(BITCOIN, 48, 7n)];
  expect(changesBy(ether, market(due), target)).toContainEqual({ aggregator: BITCOIN, answer: 7n });
  expect(changesBy(ether, market(due), target)).toContainEqual(ether);
  expect(changesBy(ether, market(later), target)).toEqual([ether]);
});

test('a private delivery is seen at once, over what its cutoff would bring to light', () => {
  expect(changesBy(ether, market(hiddenRound(ETHER, 49, 90n)), target)).toEqual([ether]);
});

test('what one transaction brings is one state', () => {
  const dollar = { aggregator: DOLLAR, answer: 3n };
  const changes = changesBy({ ...ether, alongside: [dollar] }, market(hiddenRound(DOLLAR, 49, 9n)), target);
  expect(new Set(changes.map(({ aggregator, answer }) => `${aggregator} ${answer}`))).toEqual(
    new Set([`${ETHER} 100`, `${DOLLAR} 3`]),
  );
});
