import { expect, test } from 'vitest';
import { fuzzCometHistory } from '../../support/fuzz/compound-v3/history.ts';

// A few worlds; `npm run fuzz -- compound-history --cases 5000` plays hundreds.
test('the book that follows the chain, and the one that begins with what is stored, is the book read anew', async () => {
  const differences: string[] = [];
  const report = (text: string) => differences.push(text);
  const { mismatches, counts } = await fuzzCometHistory({ cases: 250, seed: 3, report });
  expect(differences).toEqual([]);
  expect(mismatches).toBe(0);
  for (const kind of [
    ...['brought up by logs', 'reorganisations', 'answers lost', 'wrong accounts noticed'],
    ...['stored', 'keepers killed', 'store calls lost', 'cold books', 'rows'],
  ])
    expect(counts[kind], kind).toBeGreaterThan(0);
});
