import { expect, test } from 'vitest';
import { fuzzRaces } from './support/fuzz/races/fuzz.ts';

test('sixty times races in which everything goes wrong: no invariant breaks', async () => {
  const differences: string[] = [];
  const { counts } = await fuzzRaces({ cases: 60, seed: 7, report: (text) => differences.push(text) });
  expect(differences).toEqual([]);
  expect(counts['races: sent']).toBeGreaterThan(5);
  expect(counts['races: killed']).toBeGreaterThan(5);
  expect(counts['bundles: included']).toBeGreaterThan(3);
  expect(counts['outcomes undone']).toBeGreaterThan(0);
});

test.each([
  ['two rounds that ask for the very same are two transactions: what lands is counted once', 10_169],
  ['a stake is free once, though nobody knows that its bundle never left', 40_125],
])('%s', async (_, seed) => {
  const differences: string[] = [];
  await fuzzRaces({ cases: 1, seed, report: (text) => differences.push(text) });
  expect(differences).toEqual([]);
});
