import { expect, test } from 'vitest';
import { fuzzUniswapV3 } from '../../support/fuzz/uniswap-v3.ts';

test('every quote is what the real pool does, every refusal what the real quoter cannot do', async () => {
  const differences: string[] = [];
  const result = await fuzzUniswapV3({ cases: 600, seed: 7, report: (line) => differences.push(line) });
  expect(differences).toEqual([]);
  expect(result.cases).toBeGreaterThanOrEqual(600);
  for (const count of Object.values(result.counts)) expect(count).toBeGreaterThan(0);
});
