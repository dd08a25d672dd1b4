import { expect, test } from 'vitest';
import { ContractError } from '../../../lib/errors.ts';
import { NEWEST_REVISION, rulesOf } from '../../../lib/protocols/aave-v3/revisions.ts';

test('every revision up to the newest has rules; any other is refused, not guessed', () => {
  for (let revision = 1; revision <= NEWEST_REVISION; revision++) {
    expect(rulesOf(revision).revision).toBe(revision);
  }
  for (const unknown of [0, -1, 1.5, NEWEST_REVISION + 1, Number.NaN]) {
    expect(() => rulesOf(unknown)).toThrow(ContractError);
  }
});

test('what each version of the protocol changed, from the first revision that has it', () => {
  const since = (has: (rules: ReturnType<typeof rulesOf>) => boolean) =>
    Array.from({ length: NEWEST_REVISION }, (_, index) => index + 1).find((revision) =>
      has(rulesOf(revision)),
    );
  expect(since(({ gracePeriod }) => gracePeriod)).toBe(4); // 3.1
  expect(since(({ virtualBalance }) => virtualBalance)).toBe(4);
  expect(since(({ eMode }) => eMode === 'liquid')).toBe(5); // 3.2
  expect(since(({ stableDebt }) => !stableDebt)).toBe(5);
  expect(since(({ closeFactor }) => closeFactor === 'position')).toBe(6); // 3.3
  expect(since(({ deficit }) => deficit)).toBe(6);
  expect(since(({ selfLiquidation }) => !selfLiquidation)).toBe(8); // 3.4
  expect(since(({ healthFactorFromAverage }) => !healthFactorFromAverage)).toBe(9); // 3.5
  expect(since(({ zeroThresholdCounts }) => zeroThresholdCounts)).toBe(10); // 3.6
  expect(since(({ sentinel }) => !sentinel)).toBe(11); // 3.7
});
