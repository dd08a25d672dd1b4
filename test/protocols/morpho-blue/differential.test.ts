import { expect, test } from 'vitest';
import { fuzzMorphoBlue } from '../../support/fuzz/morpho-blue/fuzz.ts';

// A world or two; `npm run fuzz -- morpho-blue --cases 5000` plays hundreds.
// The second has positions of two units of collateral, which debts of several sizes take whole.
test.each([
  { cases: 400, seed: 7 },
  { cases: 600, seed: 92 },
])(
  'liquidations, totals and rebuilt positions as on the real contract and in the second opinion: seed $seed',
  async ({ cases, seed }) => {
    const differences: string[] = [];
    const report = (text: string) => differences.push(text);
    const { mismatches, counts } = await fuzzMorphoBlue({ cases, seed, report });
    expect(differences).toEqual([]);
    expect(mismatches).toBe(0);
    for (const kind of ['executed', 'executed: with bad debt', 'reverted', 'states compared with blue-sdk']) {
      expect(counts[kind], kind).toBeGreaterThan(10);
    }
  },
);
