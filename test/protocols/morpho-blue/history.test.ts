import { expect, test } from 'vitest';
import { fuzzMorphoHistory } from '../../support/fuzz/morpho-blue/history.ts';

// A few worlds; `npm run fuzz -- morpho-history --cases 5000` plays hundreds.
test('the book that follows the chain, and the one that begins with what is stored, is the book read anew', async () => {
  const differences: string[] = [];
  const report = (text: string) => differences.push(text);
  const { mismatches, counts } = await fuzzMorphoHistory({ cases: 250, seed: 5, report });
  expect(differences).toEqual([]);
  expect(mismatches).toBe(0);
  expect(counts['read in full'], 'its logs say all of it').toBe(undefined);
  for (const kind of [
    ...[
      'brought up by logs',
      'reorganisations',
      'answers lost',
      'consents compared',
      'wrong accounts noticed',
    ],
    ...['stored', 'keepers killed', 'store calls lost', 'cold books', 'rows'],
  ])
    expect(counts[kind], kind).toBeGreaterThan(0);
});
