import { describe, expect, test } from 'vitest';
import { healthFactorWad, isHealthy, type PricedMarket } from '../../../lib/protocols/morpho-blue/health.ts';
import {
  largestLiquidation,
  liquidate,
  liquidateAssets,
  liquidationIncentiveFactor,
} from '../../../lib/protocols/morpho-blue/liquidation.ts';

const WAD = 10n ** 18n;

// 999 assets and 999 million shares, with the virtual ones 1,000 and 1,000 million: a million shares an asset.
const at = (collateralPrice36: bigint): PricedMarket => ({
  lltv: (8n * WAD) / 10n,
  collateralPrice36,
  market: {
    ...{ totalSupplyAssets: 2_000n, totalSupplyShares: 2_000_000_000n, fee: 0n, lastUpdate: 0 },
    ...{ totalBorrowAssets: 999n, totalBorrowShares: 999_000_000n },
  },
});
const price = (tenths: bigint) => tenths * 10n ** 35n;
const position = { borrowShares: 100_000_000n, collateral: 200n };
const ALL = { seizedAssets: 0n, repaidShares: 100_000_000n };

// min(1.15, 1 / (1 − 0.3 · (1 − lltv))), by hand.
test.each([
  [385n, 1_150000000000000000n],
  [625n, 1_126760563380281690n],
  [770n, 1_074113856068743286n],
  [860n, 1_043841336116910229n],
  [945n, 1_016776817488561260n],
  [980n, 1_006036217303822937n],
])('the incentive at an lltv of %i permille', (permille, factor) => {
  expect(liquidationIncentiveFactor(permille * 10n ** 15n)).toBe(factor);
});

describe('health', () => {
  test('a position at its limit is healthy, one unit of price below it is not', () => {
    // 200 · 0.625 · 0.8 = 100, which is what it owes.
    const limit = 625n * 10n ** 33n;
    expect(isHealthy(position, at(limit))).toBe(true);
    expect(healthFactorWad(position, at(limit))).toBe(WAD);
    expect(isHealthy(position, at(limit - 1n))).toBe(false);
    expect(liquidate(at(limit), position, ALL)).toEqual({ executed: false, reason: 'position is healthy' });
    expect(liquidate(at(limit - 1n), position, ALL).executed).toBe(true);
  });

  test('who owes nothing is healthy at any price', () => {
    const nothing = { borrowShares: 0n, collateral: 0n };
    expect(isHealthy(nothing, at(0n))).toBe(true);
    expect(healthFactorWad(nothing, at(0n))).toBeUndefined();
  });
});

describe('a debt that the collateral covers', () => {
  test('is repaid whole by its shares, and leaves collateral behind', () => {
    // floor(100 · 1.0638…) = 106, and floor(106 / 0.6) = 176 of 200.
    expect(liquidate(at(price(6n)), position, ALL)).toMatchObject({
      ...{ executed: true, repaidAssets: 100n, seizedAssets: 176n, badDebtAssets: 0n },
      positionAfter: { borrowShares: 0n, collateral: 24n },
      marketAfter: { totalBorrowAssets: 899n, totalBorrowShares: 899_000_000n, totalSupplyAssets: 2_000n },
    });
  });

  test('by all the collateral would be repaid beyond what is owed', () => {
    // ceil(120 / 1.0638…) = 113 assets, of 100.
    const everything = { seizedAssets: 200n, repaidShares: 0n };
    expect(liquidate(at(price(6n)), position, everything)).toEqual({ executed: false, reason: 'panic' });
    expect(largestLiquidation(at(price(6n)), position)?.repaidShares).toBe(100_000_000n);
  });

  test('in part: never more is paid than was said', () => {
    const done = liquidateAssets(at(price(6n)), position, 37n);
    // floor(37 · 1.0638…) = 39, and floor(39 / 0.6) = 65.
    expect(done).toMatchObject({ executed: true, repaidAssets: 37n, seizedAssets: 65n });
  });
});

describe('a debt that the collateral does not cover', () => {
  test('goes with all the collateral, and what is left of it is taken from the suppliers', () => {
    // ceil(200 · 0.4) = 80, ceil(80 / 1.0638…) = 76; 24 remain of the debt.
    expect(largestLiquidation(at(price(4n)), position)).toMatchObject({
      ...{ repaidAssets: 76n, repaidShares: 76_000_000n, seizedAssets: 200n },
      ...{ badDebtAssets: 24n, badDebtShares: 24_000_000n },
      positionAfter: { borrowShares: 0n, collateral: 0n },
      marketAfter: { totalBorrowAssets: 899n, totalBorrowShares: 899_000_000n, totalSupplyAssets: 1_976n },
    });
  });

  test('by all its shares would seize more than is there', () => {
    expect(liquidate(at(price(4n)), position, ALL)).toEqual({ executed: false, reason: 'panic' });
  });

  test('cannot be repaid at all where the collateral is worth nothing', () => {
    expect(liquidate(at(0n), position, ALL)).toEqual({ executed: false, reason: 'panic' });
    // Seizing still can: nothing is paid for it.
    const seized = liquidate(at(0n), position, { seizedAssets: 200n, repaidShares: 0n });
    expect(seized).toMatchObject({ executed: true, repaidAssets: 0n, badDebtAssets: 100n });
  });
});

test.each([
  ['neither amount', { seizedAssets: 0n, repaidShares: 0n }, 'inconsistent input'],
  ['both amounts', { seizedAssets: 1n, repaidShares: 1n }, 'inconsistent input'],
  [
    'more shares than a word of storage holds',
    { seizedAssets: 0n, repaidShares: 2n ** 128n },
    'max uint128 exceeded',
  ],
  ['more than 256 bits on the way', { seizedAssets: 2n ** 255n, repaidShares: 0n }, 'panic'],
])('%s is refused in the contract’s words', (_, input, reason) => {
  expect(liquidate(at(price(4n)), position, input)).toEqual({ executed: false, reason });
});
