import { expect, test } from 'vitest';
import { marginalPriceX96 } from '../../../lib/venues/uniswap-v2/pair-math.ts';

test('a marginal price is that of the reserves less 0.3 %, whatever the decimals', () => {
  const [weth, usdc] = [5_000n * 10n ** 18n, 10_000_000n * 10n ** 6n];
  expect(marginalPriceX96(weth, usdc)).toBe((1_994n * 10n ** 6n * 2n ** 96n) / 10n ** 18n);
  expect(marginalPriceX96(usdc, weth)).toBe((4_985n * 10n ** 17n * 2n ** 96n) / (10n ** 6n * 10n ** 6n));
  expect(marginalPriceX96(0n, 0n)).toBe(0n);
});
