import { expect, test } from 'vitest';
import { fuzzUniswapV3 } from '../../support/fuzz/uniswap-v3.ts';

test('every quote and every refusal is what the real pool does', async () => {
  const differences: string[] = [];
  const result = await fuzzUniswapV3({ cases: 400, seed: 7, report: (line) => differences.push(line) });
  expect(differences).toEqual([]);
  expect(result.cases).toBeGreaterThanOrEqual(400);
  for (const count of Object.values(result.counts)) expect(count).toBeGreaterThan(0);
});
