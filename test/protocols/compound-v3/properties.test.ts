import fc from 'fast-check';
import { expect, test } from 'vitest';
import { absorb } from '../../../lib/protocols/compound-v3/absorption.ts';
import { healthFactorWad, isLiquidatable } from '../../../lib/protocols/compound-v3/account.ts';
import { accrueInterest } from '../../../lib/protocols/compound-v3/accrual.ts';
import { presentValue, principalValueSupply } from '../../../lib/protocols/compound-v3/math.ts';
import { absorbedOf, opportunitiesOf } from '../../../lib/protocols/compound-v3/opportunity.ts';
import type { Account, PricedComet, RateCurve } from '../../../lib/protocols/compound-v3/state.ts';
import {
  collateralReservesOf,
  costOf,
  quoteCollateral,
  saleTerms,
} from '../../../lib/protocols/compound-v3/storefront.ts';

const E18 = 10n ** 18n;
const ASSETS = ['weth', 'wbtc', 'link'] as const;

const amount = (bits: number) => fc.bigInt({ min: 0n, max: 2n ** BigInt(bits) });
const factor = fc.integer({ min: 0, max: 10_000 }).map((bps) => BigInt(bps) * 10n ** 14n);
const scale = fc.constantFrom(10n ** 2n, 10n ** 6n, 10n ** 8n, E18);
const price = fc.bigInt({ min: 1n, max: 10n ** 15n });
const perSecond = fc.bigInt({ min: 0n, max: 10n ** 11n });
const curve: fc.Arbitrary<RateCurve> = fc.record({
  ...{ kink: factor, base: perSecond, slopeLow: perSecond, slopeHigh: perSecond },
});

interface Case {
  readonly market: PricedComet;
  readonly account: Account;
}

/** Any market with three collaterals, and an account that owes and is in all of them. */
const cases: fc.Arbitrary<Case> = fc
  .record({
    assets: fc.array(
      fc.record({
        scale,
        liquidate: factor,
        liquidation: factor,
        price,
        held: amount(90),
        standing: amount(60),
      }),
      { minLength: 3, maxLength: 3 },
    ),
    ...{ baseScale: scale, basePrice: price, storeFrontPriceFactor: factor, skipsZeroFactors: fc.boolean() },
    ...{ supplyRate: curve, borrowRate: curve, principal: fc.bigInt({ min: 1n, max: 2n ** 90n }) },
    ...{ supplyIndex: amount(58), borrowIndex: amount(58) },
  })
  .map((drawn) => {
    const prices = new Map([
      ['base', drawn.basePrice],
      ...drawn.assets.map((one, at) => [ASSETS[at] ?? '', one.price] as const),
    ]);
    const collateral = new Map(drawn.assets.map((one, at) => [ASSETS[at] ?? '', one.held]));
    const market: PricedComet = {
      comet: {
        ...{ address: 'comet', baseToken: 'base', basePriceFeed: 'base', baseScale: drawn.baseScale },
        ...{ supplyRate: drawn.supplyRate, borrowRate: drawn.borrowRate },
        ...{ storeFrontPriceFactor: drawn.storeFrontPriceFactor, targetReserves: 2n ** 104n },
        ...{ isAbsorbPaused: false, isBuyPaused: false, skipsZeroFactors: drawn.skipsZeroFactors },
        assets: drawn.assets.map((one, offset) => ({
          ...{ offset, asset: ASSETS[offset] ?? '', priceFeed: ASSETS[offset] ?? '', scale: one.scale },
          ...{ liquidateCollateralFactor: one.liquidate, liquidationFactor: one.liquidation },
        })),
      },
      totals: {
        ...{
          baseSupplyIndex: 10n ** 15n + drawn.supplyIndex,
          baseBorrowIndex: 10n ** 15n + drawn.borrowIndex,
        },
        ...{ totalSupplyBase: drawn.principal * 2n, totalBorrowBase: drawn.principal, lastAccrualTime: 0 },
      },
      holdings: {
        base: drawn.principal,
        collateral: new Map(
          drawn.assets.map((one, at) => [
            ASSETS[at] ?? '',
            { held: one.held + one.standing, totalSupplyAsset: one.held },
          ]),
        ),
      },
      priceOf: (feed) => prices.get(feed),
    };
    return { market, account: { principal: -drawn.principal, assetsIn: 0b111, collateral } };
  });

const holds = (property: (one: Case) => void, numRuns = 500) =>
  fc.assert(fc.property(cases, property), { numRuns, seed: 42 });

test('an absorption takes what the account had, no more; the debt is gone, and never less is paid than it was', () => {
  let absorbed = 0;
  holds(({ market, account }) => {
    const done = absorb(market, account);
    if (!done.executed) return;
    absorbed += 1;
    for (const [asset, had] of account.collateral) {
      const [seized, left] = [done.seized.get(asset) ?? 0n, done.accountAfter.collateral.get(asset) ?? 0n];
      expect(seized + left).toBe(had);
      const gained = collateralReservesOf(done.marketAfter, asset) - collateralReservesOf(market, asset);
      expect(gained).toBe(seized);
    }
    expect(done.accountAfter.principal).toBeGreaterThanOrEqual(0n);
    expect(done.basePaidOut).toBeGreaterThanOrEqual(-presentValue(account.principal, market.totals));
    expect(done.marketAfter.totals.totalBorrowBase).toBe(0n);
    // What the account is credited with it could withdraw again: never more than was paid out for it.
    const credited = presentValue(done.accountAfter.principal, market.totals);
    expect(credited).toBeLessThanOrEqual(done.basePaidOut + presentValue(account.principal, market.totals));
  });
  expect(absorbed).toBeGreaterThan(50);
});

test('an account is open exactly where its health factor is below one', () => {
  holds(({ market, account }) => {
    const health = healthFactorWad(market, account);
    expect(isLiquidatable(market, account)).toEqual({ answer: health !== undefined && health < E18 });
  });
});

test('a purchase grows with what is paid, and never brings more than the discounted price allows', () => {
  holds(({ market }) => {
    for (const info of market.comet.assets) {
      const terms = saleTerms(market, info);
      if (terms === undefined || terms.discountedPrice === 0n) continue;
      const { basePrice, baseScale, discountedPrice } = terms;
      let before = 0n;
      for (const base of [1n, 2n, 3n, 1_000n, 1_001n, 10n ** 12n, 10n ** 18n]) {
        const bought = quoteCollateral(terms, base) ?? 0n;
        expect(bought).toBeGreaterThanOrEqual(before);
        expect(bought * discountedPrice * baseScale).toBeLessThanOrEqual(base * basePrice * info.scale);
        before = bought;
      }
    }
  });
});

/** At what each collateral is sold where it has a price at all, and what there is of it. */
const salesOf = (market: PricedComet) =>
  market.comet.assets.flatMap((info) => {
    const terms = saleTerms(market, info);
    const available = market.holdings.collateral.get(info.asset)?.held ?? 0n;
    if (terms === undefined || terms.discountedPrice === 0n) return [];
    return [
      {
        available,
        most: costOf(terms, available),
        bought: (base: bigint) => quoteCollateral(terms, base) ?? 0n,
      },
    ];
  });

test('the largest size buys no more than is there, and a unit less buys less', () => {
  holds(({ market }) => {
    for (const { available, most, bought } of salesOf(market)) {
      expect(bought(most)).toBeLessThanOrEqual(available);
      if (most > 0n) expect(bought(most - 1n)).toBeLessThan(bought(most));
      if (bought(most) < available) expect(bought(most + 1n)).toBeGreaterThan(available);
    }
  });
});

test('an opportunity never sells more than the borrower had and the reserves hold; its kinks ascend', () => {
  let opened = 0;
  holds(({ market, account }) => {
    const absorbed = absorbedOf(market, 'borrower', account);
    for (const one of absorbed ? opportunitiesOf(market, [absorbed], 'executor') : []) {
      opened += 1;
      const held = market.holdings.collateral.get(one.collateralAsset)?.held ?? 0n;
      expect([...one.kinks].sort((a, b) => (a < b ? -1 : 1))).toEqual([...new Set(one.kinks)]);
      expect(one.kinks.at(-1)).toBe(one.maxDebtToCover);
      for (const kink of one.kinks.slice(1)) expect(one.quote(kink)?.debtToCover).toBe(kink);
      expect(one.quote(one.maxDebtToCover)?.seizedCollateral).toBeLessThanOrEqual(held);
      expect(one.quote(one.maxDebtToCover + 1n)).toBeUndefined();
      expect(one.quote(0n)).toBeUndefined();
    }
  });
  expect(opened).toBeGreaterThan(50);
});

test('interest only ever adds, and principal and present value round against the account that gains', () => {
  holds(({ market: { comet, totals }, account }) => {
    const later = accrueInterest(totals, comet, 86_400);
    expect(later?.baseSupplyIndex ?? totals.baseSupplyIndex).toBeGreaterThanOrEqual(totals.baseSupplyIndex);
    expect(later?.baseBorrowIndex ?? totals.baseBorrowIndex).toBeGreaterThanOrEqual(totals.baseBorrowIndex);
    const balance = -account.principal;
    expect(presentValue(principalValueSupply(balance, totals), totals)).toBeLessThanOrEqual(balance);
  });
});
