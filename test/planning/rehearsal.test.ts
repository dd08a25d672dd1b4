import { expect, test } from 'vitest';
import { liquidityOf } from '../../lib/planning/liquidity.ts';
import { rehearsePlans } from '../../lib/planning/rehearsal.ts';
import { constantProductPool, flatLender, token } from '../support/synthetic-market.ts';

const [WETH, USD, BTC, ALONE, OTHER] = [token(1), token(2), token(3), token(4), token(5)];

test('plans and encodes an ether of whatever can be had for WETH, and of another after it, and leaves the pools as they are', () => {
  const ether = 10n ** 18n;
  const pools = [
    constantProductPool(1, [WETH, USD], [1_000n * ether, 4_000_000_000_000n]),
    constantProductPool(2, [BTC, WETH], [1_000n * 10n ** 8n, 27_500n * ether]),
    constantProductPool(3, [ALONE, OTHER], [ether, ether]),
  ];
  const liquidity = liquidityOf(WETH, pools, [flatLender(USD, 10n ** 12n, 0n)]);
  const { plans, skips } = rehearsePlans(liquidity, 10n ** 9n);
  expect(skips).toEqual([]);
  expect(plans.map(({ debtAsset, debtToCover }) => [debtAsset, debtToCover]).sort()).toEqual([
    [USD, 4_000_000_000n],
    [USD, 4_000_000_000n],
    [BTC, 3_636_364n],
    [BTC, 3_636_364n],
  ]);
  expect(plans.every(({ calls }) => calls.length > 0)).toBe(true);
  expect(rehearsePlans(liquidity, 10n ** 9n).plans).toEqual(plans);
});
