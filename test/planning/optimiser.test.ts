import { expect, test } from 'vitest';
import { fuzzOptimiser, fuzzOptimiserInMemory } from '../support/fuzz/optimiser.ts';

// `npm run fuzz -- optimiser --cases 300` plays hundreds of worlds on the real contracts.
test('within 0.01 % of brute force, never below one full call: 300 random worlds on the exact models', async () => {
  const differences: string[] = [];
  const report = (line: string) => differences.push(line);
  const { cases, counts } = await fuzzOptimiserInMemory({ cases: 300, seed: 1, report });
  expect(differences).toEqual([]);
  expect(cases).toBe(300);
  for (const kind of ['1 calls', '2 calls', '3 calls'].map((calls) => `${calls}, uniswap-v3-flash-swap`)) {
    expect(counts[kind], kind).toBeGreaterThan(5);
  }
  expect(counts['2 calls, aave-v3']).toBeGreaterThan(20);
});

test('on the real contracts: quotes and profit to the wei, and no sequence of calls that leaves more', async () => {
  const differences: string[] = [];
  const { counts } = await fuzzOptimiser({ cases: 1, seed: 11, report: (line) => differences.push(line) });
  expect(differences).toEqual([]);
  expect(counts).toEqual({ '2 calls, uniswap-v3-flash-swap': 1 });
});
