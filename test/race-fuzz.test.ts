import { expect, test } from 'vitest';
import { fuzzRaces } from './support/fuzz/races/fuzz.ts';

test('twenty-five races in which everything goes wrong: no invariant breaks', async () => {
  const differences: string[] = [];
  const { counts } = await fuzzRaces({ cases: 25, seed: 7, report: (text) => differences.push(text) });
  expect(differences).toEqual([]);
  expect(counts.sent).toBeGreaterThan(5);
  expect(counts.landed).toBeGreaterThan(3);
});
