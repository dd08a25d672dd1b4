import { expect, test } from 'vitest';
import { fuzzCompoundV3 } from '../../support/fuzz/compound-v3/fuzz.ts';

// The contract is our stand-in, from the published rules; `npm run fuzz -- compound-v3 --cases 5000` plays more.
test('absorptions, purchases, totals and accounts as on the contract; books followed by logs are whole', async () => {
  const differences: string[] = [];
  const report = (text: string) => differences.push(text);
  const { cases, mismatches, counts } = await fuzzCompoundV3({ cases: 1_000, seed: 7, report });
  expect(differences).toEqual([]);
  expect(mismatches).toBe(0);
  expect(cases).toBeGreaterThanOrEqual(1_000);
  for (const kind of [
    ...['absorb: executed', 'encoded absorb: executed', 'encoded buy: executed', 'buy: executed'],
    ...['absorb: NotLiquidatable', 'buy: InsufficientReserves', 'books followed by their logs'],
  ]) {
    expect(counts[kind], kind).toBeGreaterThan(10);
  }
});
