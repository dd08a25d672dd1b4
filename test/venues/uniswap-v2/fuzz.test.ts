import { expect, test } from 'vitest';
import { fuzzUniswapV2 } from '../../support/fuzz/uniswap-v2.ts';

test('every quote is the best that the real pair accepts, every refusal is refused by it', async () => {
  const differences: string[] = [];
  const result = await fuzzUniswapV2({ cases: 150, seed: 3, report: (line) => differences.push(line) });
  expect(differences).toEqual([]);
  expect(result.cases).toBeGreaterThanOrEqual(150);
  for (const count of Object.values(result.counts)) expect(count).toBeGreaterThan(0);
});
