import { expect, test } from 'vitest';
import { stretchOf } from '../../../lib/venues/uniswap-v2/pair-math.ts';

test('a marginal price is that of the reserves less 0.3 %, whatever the decimals', () => {
  const [weth, usdc] = [5_000n * 10n ** 18n, 10_000_000n * 10n ** 6n];
  expect(stretchOf(weth, usdc, 0).from ** -2 / (1_994e6 / 1e18)).toBeCloseTo(1, 12);
  expect(stretchOf(usdc, weth, 0).from ** -2 / (4_985e17 / 1e12)).toBeCloseTo(1, 12);
});
