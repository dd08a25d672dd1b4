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

test('two rounds that ask for the very same are two transactions: what lands is counted once', async () => {
  const differences: string[] = [];
  await fuzzRaces({ cases: 1, seed: 10_169, report: (text) => differences.push(text) });
  expect(differences).toEqual([]);
});
