import { expect, test } from 'vitest';
import { fuzzRivals } from './support/fuzz/rivals/fuzz.ts';

test('twelve races for the blocks of three builders, against three competitors: the ledger says what the chain does', async () => {
  const differences: string[] = [];
  const { counts } = await fuzzRivals({ cases: 12, seed: 2, report: (text) => differences.push(text) });
  expect(differences).toEqual([]);
  expect(counts['transactions: included']).toBeGreaterThan(3);
  expect(counts['transactions: lost']).toBeGreaterThan(1);
});
