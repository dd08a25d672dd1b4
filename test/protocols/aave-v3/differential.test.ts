import { expect, test } from 'vitest';
import { fuzzAaveV30, fuzzAaveV36 } from '../../support/fuzz/aave-v3/fuzz.ts';

// A few worlds of each version; `npm run fuzz -- aave-v3 --cases 5000` plays thousands.
test.each([
  ['V3.6', fuzzAaveV36],
  ['V3.0', fuzzAaveV30],
])(
  '%s: liquidations, accounts, boundaries and rebuilt positions as on the real contracts',
  async (_, fuzz) => {
    const differences: string[] = [];
    const { mismatches, counts } = await fuzz({
      cases: 120,
      seed: 7,
      report: (text) => differences.push(text),
    });
    expect(differences).toEqual([]);
    expect(mismatches).toBe(0);
    for (const kind of [
      'executed',
      'reverted',
      'account reads',
      'boundary points',
      'positions rebuilt from logs',
    ]) {
      expect(counts[kind], kind).toBeGreaterThan(20);
    }
  },
);
