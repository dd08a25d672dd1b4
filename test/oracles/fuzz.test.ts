import { expect, test } from 'vitest';
import { fuzzOracleCalldata } from '../support/fuzz/oracle-calldata.ts';

test('100,000 damaged calls and transactions mean what a slow decoder says, or nothing', () => {
  const differences: string[] = [];
  const { mismatches, counts } = fuzzOracleCalldata({
    cases: 100_000,
    seed: 1,
    report: (difference) => differences.push(difference),
  });
  expect(differences.slice(0, 3)).toEqual([]);
  expect(mismatches).toBe(0);
  expect(Math.min(...Object.values(counts))).toBeGreaterThan(1_000);
});
