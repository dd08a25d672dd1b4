import { AdaptiveCurveIrmLib } from '@morpho-org/blue-sdk';
import { expect, test } from 'vitest';
import { mulDivDown, WAD } from '../../../lib/math/fixed-point.ts';
import { encodeBorrowRateView, irmInterface } from '../../../lib/protocols/morpho-blue/abi.ts';
import { borrowRateWad } from '../../../lib/protocols/morpho-blue/irm.ts';
import type { Market } from '../../../lib/protocols/morpho-blue/state.ts';
import { Random } from '../../support/fuzz/random.ts';

test('the adaptive curve as in Morpho’s own library, from a second to ten years', () => {
  const random = new Random(11);
  for (let round = 0; round < 2_000; round++) {
    const rateAtTargetWad = random.chance(0.05) ? 0n : random.amount(20, 38);
    const elapsed = random.pick([0, 1, 12, 3_600, 86_400, 31_536_000, 315_360_000]);
    const market = randomMarket(random);
    const { totalSupplyAssets, totalBorrowAssets, lastUpdate } = market;
    const utilization = totalSupplyAssets === 0n ? 0n : mulDivDown(totalBorrowAssets, WAD, totalSupplyAssets);
    const theirs = AdaptiveCurveIrmLib.getBorrowRate(utilization, rateAtTargetWad, elapsed);
    const rate = borrowRateWad({ kind: 'adaptiveCurve', rateAtTargetWad }, market, lastUpdate + elapsed);
    expect(rate).toBe(theirs.avgBorrowRate);
  }
});

test('a market without a model charges nothing, an unknown model what it last said', () => {
  const market = randomMarket(new Random(1));
  expect(borrowRateWad({ kind: 'none' }, market, 5)).toBeUndefined();
  expect(borrowRateWad({ kind: 'frozen', borrowRateWad: 17n }, market, 5)).toBe(17n);
});

test('a model is asked as ethers would ask it', () => {
  const random = new Random(7);
  for (let round = 0; round < 100; round++) {
    const [loanToken, collateralToken, oracle, irm] = [1, 2, 3, 4].map(
      (index) => `0x${(random.amount(1, 150) + BigInt(index)).toString(16).padStart(40, '0')}`,
    );
    if (!loanToken || !collateralToken || !oracle || !irm) throw new Error('Four addresses, always.');
    const params = { loanToken, collateralToken, oracle, irm, lltv: random.amount(1, 60) };
    const market = randomMarket(random);
    const asked = irmInterface.encodeFunctionData('borrowRateView', [params, market]);
    expect(encodeBorrowRateView(params, market)).toBe(asked);
  }
});

function randomMarket(random: Random): Market {
  const totalSupplyAssets = random.chance(0.05) ? 0n : random.amount(1, 100);
  const totalBorrowAssets = (totalSupplyAssets * BigInt(random.integer(0, 1_000))) / 1_000n;
  return {
    ...{ totalSupplyAssets, totalBorrowAssets, fee: 0n, lastUpdate: 1_000 },
    ...{ totalSupplyShares: totalSupplyAssets * 10n ** 6n, totalBorrowShares: totalBorrowAssets * 10n ** 6n },
  };
}
