import { expect, test } from 'vitest';
import { fuzzWatchlist, fuzzWatchlistV30 } from '../support/fuzz/watchlist.ts';

const differences: string[] = [];
const report = (difference: string) => differences.push(difference);

const COUNTED = [
  ...['brought up by logs', 'reorganisations', 'answers lost', 'wrong accounts noticed'],
  ...['stored', 'keepers killed', 'store calls lost', 'cold books', 'rows'],
];

test('the book that follows the chain, and the one that was stored, is the book read anew: V3.6, reorganised, with lost answers', async () => {
  const { mismatches, counts } = await fuzzWatchlist({ cases: 400, seed: 5, report });
  expect(mismatches, differences[0]).toBe(0);
  for (const kind of COUNTED) {
    expect(counts[kind], kind).toBeGreaterThan(0);
  }
});

test('and V3.0, where stable debts grow without a log', async () => {
  const { mismatches } = await fuzzWatchlistV30({ cases: 120, seed: 6, report });
  expect(mismatches, differences[0]).toBe(0);
});
