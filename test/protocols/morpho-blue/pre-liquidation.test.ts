import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isHealthy, type PricedMarket } from '../../../lib/protocols/morpho-blue/health.ts';
import {
  largestPreLiquidation,
  type PreLiquidatedMarket,
  preHealthFactorWad,
  preLiquidate,
} from '../../../lib/protocols/morpho-blue/pre-liquidation.ts';

const WAD = 10n ** 18n;
const percent = (value: bigint) => value * 10n ** 16n;

// With the virtual ones 1,000 assets and 1,000 million shares: a million shares an asset. Early limit 70 %, own 80 %.
const terms = {
  ...{ preLltv: percent(70n), preLCF1: percent(20n), preLCF2: percent(60n) },
  ...{ preLIF1: percent(102n), preLIF2: percent(110n), preLiquidationOracle: '' },
};
const at = (permille: bigint, marketPermille = permille): PreLiquidatedMarket => {
  const priced: PricedMarket = {
    lltv: percent(80n),
    collateralPrice36: marketPermille * 10n ** 33n,
    market: {
      ...{ totalSupplyAssets: 2_000n, totalSupplyShares: 2_000_000_000n, fee: 0n, lastUpdate: 0 },
      ...{ totalBorrowAssets: 999n, totalBorrowShares: 999_000_000n },
    },
  };
  return { priced, params: terms, preCollateralPrice36: permille * 10n ** 33n };
};
/** Owes 100 on 200 of collateral. */
const position = { borrowShares: 100_000_000n, collateral: 200n };
const shares = (repaidShares: bigint) => ({ seizedAssets: 0n, repaidShares });
const seizing = (seizedAssets: bigint) => ({ seizedAssets, repaidShares: 0n });

describe('where it begins and ends', () => {
  test.each([
    ['200·0.62 = 124, ⌊124·0.8⌋ = 99 < 100: Morpho’s own turn', 620n, 'LiquidatablePosition'],
    ['200·0.715 = 143, ⌊143·0.7⌋ = 100: not below the early limit', 715n, 'NotPreLiquidatablePosition'],
  ])('%s', (_, permille, reason) => {
    expect(preLiquidate(at(permille), position, shares(1_000_000n))).toEqual({ executed: false, reason });
    expect(largestPreLiquidation(at(permille), position)).toBeUndefined();
  });

  test.each([
    ['200·0.625 = 125, 125·0.8 = 100: at Morpho’s limit', 625n],
    ['200·0.71 = 142, ⌊142·0.7⌋ = 99: below the early one', 710n],
  ])('%s', (_, permille) => {
    expect(preLiquidate(at(permille), position, shares(10_000_000n)).executed).toBe(true);
  });

  test('its health is told against the early limit: 99/100 and 100/100', () => {
    expect(preHealthFactorWad(at(710n), position)).toBe((99n * WAD) / 100n);
    expect(preHealthFactorWad(at(715n), position)).toBe(WAD);
  });
});

describe('at Morpho’s limit, factors 1.1 and 0.6', () => {
  test('⌊100e6·0.6⌋ shares: 60 repaid, ⌊60·1.1⌋ = 66, ⌊66/0.625⌋ = 105 seized', () => {
    expect(preLiquidate(at(625n), position, shares(60_000_000n))).toMatchObject({
      ...{ executed: true, repaidAssets: 60n, seizedAssets: 105n },
      positionAfter: { borrowShares: 40_000_000n, collateral: 95n },
      marketAfter: { totalBorrowAssets: 939n, totalBorrowShares: 939_000_000n, totalSupplyAssets: 2_000n },
    });
    expect(largestPreLiquidation(at(625n), position)?.repaidShares).toBe(60_000_000n);
  });
  test('a share more is refused', () => {
    const reason = 'PreLiquidationTooLarge';
    expect(preLiquidate(at(625n), position, shares(60_000_001n))).toEqual({ executed: false, reason });
  });
  test('105 seized: ⌈65.625⌉ = 66, 66/1.1 = 60 repaid', () => {
    expect(preLiquidate(at(625n), position, seizing(105n))).toMatchObject({ repaidShares: 60_000_000n });
  });
  test('106 seized: ⌈66.25⌉ = 67, ⌈67/1.1⌉ = 61: more than allowed', () => {
    const reason = 'PreLiquidationTooLarge';
    expect(preLiquidate(at(625n), position, seizing(106n))).toEqual({ executed: false, reason });
  });
  test('a share is worth less than an asset: nothing would be seized for it', () => {
    expect(preLiquidate(at(625n), position, shares(1n))).toEqual({ executed: false, reason: 'zero assets' });
  });
});

describe('just below the early limit: ltv ⌈100/142⌉ = 0.704225352112676057, 4.225352112676057 % of the way', () => {
  // 1.02 + 0.08·0.04225352112676057 = 1.023380281690140845; 0.2 + 0.4·0.04225352112676057 = 0.216901408450704228
  test('⌊100e6·0.2169014…⌋ = 21690140 shares: ⌈21.69⌉ = 22 repaid; ⌊⌊21·1.0233…⌋/0.71⌋ = ⌊21/0.71⌋ = 29 seized', () => {
    expect(preLiquidate(at(710n), position, shares(21_690_140n))).toMatchObject({
      ...{ executed: true, repaidAssets: 22n, seizedAssets: 29n },
      positionAfter: { borrowShares: 78_309_860n, collateral: 171n },
    });
    expect(largestPreLiquidation(at(710n), position)?.repaidShares).toBe(21_690_140n);
  });
  test('a share more is refused', () => {
    const reason = 'PreLiquidationTooLarge';
    expect(preLiquidate(at(710n), position, shares(21_690_141n))).toEqual({ executed: false, reason });
  });
  test('1 seized: ⌈0.71⌉ = 1, ⌈1/1.0233…⌉ = 1 repaid', () => {
    expect(preLiquidate(at(710n), position, seizing(1n))).toMatchObject({
      repaidAssets: 1n,
      seizedAssets: 1n,
    });
  });
});

test('the loan-to-value is rounded up: ⌈1/1.4⌉ = 0.714285714285714286, 14.285714285714286 % of the way', () => {
  const totals = { totalBorrowAssets: 10n ** 25n - 1n, totalBorrowShares: 10n ** 31n - 10n ** 6n };
  const { priced, ...rest } = at(1_000n);
  const large = { ...rest, priced: { ...priced, market: { ...priced.market, ...totals } } };
  // 0.2 + ⌊0.4·0.14285714285714286⌋ = 0.257142857142857144 of 1e30 shares, which are 1e24 assets.
  const whale = { borrowShares: 10n ** 30n, collateral: 14n * 10n ** 23n };
  expect(largestPreLiquidation(large, whale)?.repaidShares).toBe(257142857142857144n * 10n ** 12n);
});

test('what Morpho’s own oracle finds unhealthy afterwards is undone', () => {
  // By its own price 0.4: 95·0.4 = 38, ⌊38·0.8⌋ = 30 < 40.
  const reason = 'insufficient collateral';
  expect(preLiquidate(at(625n, 400n), position, shares(60_000_000n))).toEqual({ executed: false, reason });
});

test('a close factor above one lets the whole debt be repaid, and no more', () => {
  const generous = { ...at(625n), params: { ...terms, preLCF2: percent(300n) } };
  // ⌊100·1.1/0.625⌋ = 176 of 200.
  expect(largestPreLiquidation(generous, position)).toMatchObject({ repaidAssets: 100n, seizedAssets: 176n });
  const more = preLiquidate(generous, position, shares(100_000_001n));
  expect(more).toEqual({ executed: false, reason: 'panic' });
});

test.each([
  ['neither amount', { seizedAssets: 0n, repaidShares: 0n }],
  ['both amounts', { seizedAssets: 1n, repaidShares: 1n }],
])('%s is refused', (_, input) => {
  expect(preLiquidate(at(625n), position, input)).toEqual({ executed: false, reason: 'InconsistentInput' });
});

describe('whatever the terms', () => {
  const wad = (low: number, high: number) =>
    fc.integer({ min: low, max: high }).map((permyriad) => BigInt(permyriad) * 10n ** 14n);
  const cases = fc
    .record({
      lltv: wad(5_000, 9_800),
      ...{
        early: wad(1, 9_999),
        lcf1: wad(0, 10_000),
        lcf2: wad(0, 20_000),
        lif: wad(0, 10_000),
        grows: wad(0, 10_000),
      },
      ...{
        borrowShares: fc.bigInt({ min: 1n, max: 2n ** 90n }),
        assets: fc.bigInt({ min: 0n, max: 2n ** 80n }),
      },
      ...{
        price: fc.bigInt({ min: 10n ** 24n, max: 10n ** 45n }),
        place: wad(0, 10_000),
        part: wad(1, 10_000),
      },
    })
    .map((drawn) => {
      const { lltv, price, borrowShares } = drawn;
      const preLltv = (lltv * drawn.early) / WAD;
      const most = (WAD * WAD) / lltv - WAD;
      const preLIF1 = WAD + (most * drawn.lif) / WAD;
      const preLIF2 = preLIF1 + ((WAD + most - preLIF1) * drawn.grows) / WAD;
      const market = {
        ...{ totalSupplyAssets: 2n * drawn.assets, totalSupplyShares: 0n, fee: 0n, lastUpdate: 0 },
        ...{ totalBorrowAssets: drawn.assets, totalBorrowShares: borrowShares },
      };
      const debt = (borrowShares * (drawn.assets + 1n)) / (borrowShares + 10n ** 6n) + 1n;
      const ltv = preLltv + ((lltv - preLltv) * drawn.place) / WAD;
      const collateral = (((debt * WAD) / ltv) * 10n ** 36n) / price;
      const params = {
        preLltv,
        preLCF1: drawn.lcf1,
        preLCF2: drawn.lcf1 + drawn.lcf2,
        preLIF1,
        preLIF2,
        preLiquidationOracle: '',
      };
      const priced = { lltv, market, collateralPrice36: price };
      return {
        market: { priced, params, preCollateralPrice36: price },
        position: { borrowShares, collateral },
        part: drawn.part,
      };
    });

  test('never more than the close factor, the debt and the collateral; who was pre-liquidated is healthy', () => {
    let executed = 0;
    const property = fc.property(cases, ({ market, position: before, part }) => {
      const largest = largestPreLiquidation(market, before);
      if (largest === undefined) return;
      executed += 1;
      expect(largest.repaidShares).toBeLessThanOrEqual(before.borrowShares);
      expect(largest.seizedAssets).toBeLessThanOrEqual(before.collateral);
      expect(isHealthy(largest.positionAfter, { ...market.priced, market: largest.marketAfter })).toBe(true);
      const less = preLiquidate(market, before, shares((largest.repaidShares * part) / WAD));
      if (!less.executed) return;
      expect(less.seizedAssets).toBeLessThanOrEqual(largest.seizedAssets);
      expect(less.repaidAssets).toBeLessThanOrEqual(largest.repaidAssets);
      // Rounded against the liquidator: never more value than the larger factor of what he pays.
      const worth = (less.seizedAssets * market.preCollateralPrice36) / 10n ** 36n;
      expect(worth * WAD).toBeLessThanOrEqual(less.repaidAssets * market.params.preLIF2);
    });
    fc.assert(property, { numRuns: 2_000, seed: 7 });
    expect(executed).toBeGreaterThan(300);
  });
});
