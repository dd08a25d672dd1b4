import { expect, test } from 'vitest';
import { fuzzUniswapV4 } from '../../support/fuzz/uniswap-v4.ts';

test('every quote and every refusal is what the real manager does, protocol fees included', async () => {
  const differences: string[] = [];
  const result = await fuzzUniswapV4({ cases: 400, seed: 3, report: (line) => differences.push(line) });
  expect(differences).toEqual([]);
  expect(result.cases).toBeGreaterThanOrEqual(400);
  for (const count of Object.values(result.counts)) expect(count).toBeGreaterThan(0);
});
