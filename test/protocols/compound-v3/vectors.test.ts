import { describe, expect, test } from 'vitest';
import type { Address } from '../../../lib/hex.ts';
import { absorb } from '../../../lib/protocols/compound-v3/absorption.ts';
import { healthFactorWad, isLiquidatable } from '../../../lib/protocols/compound-v3/account.ts';
import { accrueInterest, rateAt, utilizationOf } from '../../../lib/protocols/compound-v3/accrual.ts';
import { presentValue, principalValueSupply } from '../../../lib/protocols/compound-v3/math.ts';
import type { Account, AssetInfo, PricedComet, Totals } from '../../../lib/protocols/compound-v3/state.ts';
import {
  buyCollateral,
  costOf,
  isForSale,
  quoteCollateral,
  reservesOf,
  saleTerms,
} from '../../../lib/protocols/compound-v3/storefront.ts';

// No package has the contract. Every expected number below is worked out by hand from the published rules: the
// arithmetic is in the name of its test, with "⌊⌋" where the contract rounds.

const E6 = 10n ** 6n;
const E8 = 10n ** 8n;
const E15 = 10n ** 15n;
const E18 = 10n ** 18n;
const percent = (value: bigint) => value * 10n ** 16n;
const [BASE, WETH, WBTC]: readonly Address[] = ['base', 'weth', 'wbtc'];

const weth: AssetInfo = {
  ...{ offset: 0, asset: WETH ?? '', priceFeed: WETH ?? '', scale: E18 },
  ...{ liquidateCollateralFactor: percent(90n), liquidationFactor: percent(95n) },
};
const wbtc: AssetInfo = {
  ...{ offset: 1, asset: WBTC ?? '', priceFeed: WBTC ?? '', scale: E8 },
  ...{ liquidateCollateralFactor: percent(80n), liquidationFactor: percent(90n) },
};

const curve = { kink: percent(80n), base: 100n, slopeLow: 1_000n, slopeHigh: 5_000n };
const totals: Totals = {
  ...{ baseSupplyIndex: (11n * E15) / 10n, baseBorrowIndex: (125n * E15) / 100n, lastAccrualTime: 0 },
  ...{ totalSupplyBase: 500n * E6, totalBorrowBase: 2_000n * E6 },
};

interface Change {
  readonly comet?: Partial<PricedComet['comet']>;
  readonly totals?: Partial<Totals>;
  readonly base?: bigint;
  readonly prices?: Readonly<Record<string, bigint | undefined>>;
}

/** One dollar, ether at 2,000 and bitcoin at 50,000; indices 1.1 and 1.25; half the penalty is the buyer's. */
const market = ({ comet, prices, base = 1_000n * E6, totals: other }: Change = {}): PricedComet => ({
  comet: {
    ...{ address: '', baseToken: BASE ?? '', basePriceFeed: BASE ?? '', baseScale: E6 },
    ...{ supplyRate: curve, borrowRate: curve, storeFrontPriceFactor: percent(50n) },
    ...{ targetReserves: 10_000n * E6, assets: [weth, wbtc], skipsZeroFactors: false },
    ...{ isAbsorbPaused: false, isBuyPaused: false, ...comet },
  },
  totals: { ...totals, ...other },
  holdings: {
    base,
    collateral: new Map([
      [weth.asset, { held: 10n * E18, totalSupplyAsset: 8n * E18 }],
      [wbtc.asset, { held: 3n * E8, totalSupplyAsset: 3n * E8 }],
    ]),
  },
  priceOf: (feed) => ({ base: E8, weth: 2_000n * E8, wbtc: 50_000n * E8, ...prices })[feed],
});

/** Owes 1,000 of principal: 1,000 · 1.25 = 1,250 dollars. */
const owing = (ether: bigint, bitcoin = 0n, principal = -1_000n * E6): Account => ({
  principal,
  assetsIn: (ether > 0n ? 1 : 0) | (bitcoin > 0n ? 2 : 0),
  collateral: new Map([
    [weth.asset, ether],
    [wbtc.asset, bitcoin],
  ]),
});

type Vector = readonly [derivation: string, actual: () => unknown, expected: unknown];

const atUtilization = (utilization: bigint) => () => rateAt(curve, utilization);
const rates: readonly Vector[] = [
  ['at 0: 100', atUtilization(0n), 100n],
  ['at 50 %: 100 + 1000·0.5 = 600', atUtilization(percent(50n)), 600n],
  ['at the kink: 100 + 1000·0.8 = 900', atUtilization(percent(80n)), 900n],
  ['at 90 %: 100 + 800 + 5000·0.1 = 1400', atUtilization(percent(90n)), 1_400n],
  ['at 100 %: 100 + 800 + 5000·0.2 = 1900', atUtilization(percent(100n)), 1_900n],
  ['at 200 %: 100 + 800 + 5000·1.2 = 6900', atUtilization(percent(200n)), 6_900n],
  ['a hair below 0.1 %: 100 + ⌊0.99…⌋ = 100', atUtilization(E15 - 1n), 100n],
  ['a wei above the kink: 100 + 800 + ⌊5e-15⌋ = 900', atUtilization(percent(80n) + 1n), 900n],
];

const ofTotals = (supplied: bigint, borrowed: bigint) => () =>
  utilizationOf({ ...totals, totalSupplyBase: supplied, totalBorrowBase: borrowed });
const utilizations: readonly Vector[] = [
  ['nobody supplies: 0', ofTotals(0n, 100n), 0n],
  ['nobody borrows: 0', ofTotals(100n, 0n), 0n],
  ['880·1.25 / 1000·1.1 = 1100/1100 = 100 %', ofTotals(1_000n, 880n), percent(100n)],
  ['440·1.25 / 1000·1.1 = 550/1100 = 50 %', ofTotals(1_000n, 440n), percent(50n)],
  ['⌊7·1.25⌋ / ⌊7·1.1⌋ = 8/7, floored to 1.142857142857142857', ofTotals(7n, 7n), 1_142857142857142857n],
];

/** Rates a second × 1e18: supply 2e9 below the kink and 1e10 above; borrow 5e8, 3e9 and 2e10. */
const paying = {
  supplyRate: { kink: percent(80n), base: 0n, slopeLow: 2_000_000_000n, slopeHigh: 10_000_000_000n },
  borrowRate: {
    kink: percent(80n),
    base: 500_000_000n,
    slopeLow: 3_000_000_000n,
    slopeHigh: 20_000_000_000n,
  },
};
const fresh = { baseSupplyIndex: E15, baseBorrowIndex: E15, lastAccrualTime: 1_000 };
const after = (seconds: number, before: Partial<Totals>) => () => {
  const accrued = accrueInterest({ ...totals, ...fresh, ...before }, paying, 1_000 + seconds);
  return accrued && [accrued.baseSupplyIndex, accrued.baseBorrowIndex, accrued.lastAccrualTime];
};
const half = { totalSupplyBase: 1_000n, totalBorrowBase: 500n };
const interest: readonly Vector[] = [
  ['no time: nothing', after(0, half), [E15, E15, 1_000]],
  [
    '50 %, 1 s: 1e15·1e9/1e18 = 1e6; 1e15·(5e8+1.5e9)/1e18 = 2e6',
    after(1, half),
    [E15 + E6, E15 + 2n * E6, 1_001],
  ],
  ['50 %, 100 s: a hundredfold, simple', after(100, half), [E15 + 100n * E6, E15 + 200n * E6, 1_100]],
  [
    '90 %, 10 s: 10·(1.6e9+1e9) → 2.6e7; 10·(5e8+2.4e9+2e9) → 4.9e7',
    after(10, { totalSupplyBase: 1_000n, totalBorrowBase: 900n }),
    [E15 + 26_000_000n, E15 + 49_000_000n, 1_010],
  ],
  [
    'no supply: only the base rate, 10 s: 5e6',
    after(10, { totalSupplyBase: 0n }),
    [E15, E15 + 5n * E6, 1_010],
  ],
  [
    'indices 1.1 and 1.25 at 100 %, 3 s: 1.1e15·3·3.6e9/1e18 = 11880000; 1.25e15·3·6.9e9/1e18 = 25875000',
    after(3, {
      ...{ baseSupplyIndex: 1_100_000_000_000_000n, baseBorrowIndex: 1_250_000_000_000_000n },
      ...{ totalSupplyBase: 1_000n, totalBorrowBase: 880n },
    }),
    [1_100_000_011_880_000n, 1_250_000_025_875_000n, 1_003],
  ],
  [
    '⌊(1e15+1)·1e9/1e18⌋ = ⌊1000000.000000001⌋; ⌊…·2e9…⌋ = 2000000',
    after(1, { ...half, baseSupplyIndex: E15 + 1n, baseBorrowIndex: E15 + 1n }),
    // 1000 and 500 at 1.000000000000001 are still 1000 and 500.
    [E15 + 1n + E6, E15 + 1n + 2n * E6, 1_001],
  ],
  [
    'an index that leaves 64 bits: reverts',
    after(1, { ...half, baseBorrowIndex: 2n ** 64n - 1n }),
    undefined,
  ],
];

const present = (principal: bigint) => () => presentValue(principal, totals);
const principalOf = (balance: bigint) => () => principalValueSupply(balance, totals);
const values: readonly Vector[] = [
  ['a supply of 100: 100·1.1 = 110', present(100n), 110n],
  ['a supply of 7: ⌊7.7⌋ = 7', present(7n), 7n],
  ['a debt of 100: −125', present(-100n), -125n],
  ['a debt of 7: 8.75 is 8, in favour of who owes', present(-7n), -8n],
  ['nothing: 0', present(0n), 0n],
  ['110 back: 110/1.1 = 100', principalOf(110n), 100n],
  ['111 back: ⌊100.9…⌋ = 100', principalOf(111n), 100n],
  ['1 back: ⌊0.9…⌋ = 0', principalOf(1n), 0n],
];

const liquidatable = (account: Account, change?: Change) => () => isLiquidatable(market(change), account);
const health = (account: Account, change?: Change) => () => healthFactorWad(market(change), account);
const healths: readonly Vector[] = [
  ['0.7 ether: 1400·0.9 = 1260 ≥ 1250', liquidatable(owing(700n * E15)), { answer: false }],
  ['1260/1250 = 1.008', health(owing(700n * E15)), 1_008000000000000000n],
  ['0.69 ether: 1380·0.9 = 1242 < 1250', liquidatable(owing(690n * E15)), { answer: true }],
  ['1242/1250 = 0.9936', health(owing(690n * E15)), 993600000000000000n],
  [
    '0.694444444445 ether: 138888888889·0.9 = 125000000000.1 → 1250.00000000 dollars, just enough',
    liquidatable(owing(694444444445000000n)),
    { answer: false },
  ],
  [
    'a wei less: ⌊138888888888.99…⌋·0.9 = 124999999999.2 → a hundred-millionth short',
    liquidatable(owing(694444444444999999n)),
    { answer: true },
  ],
  ['124999999999/125000000000 = 0.999999999992', health(owing(694444444444999999n)), 999999999992000000n],
  ['0.3 ether and 0.01 bitcoin: 600·0.9 + 500·0.8 = 940', health(owing(300n * E15, E6)), 752000000000000000n],
  ['0.5 ether and 0.01 bitcoin: 900 + 400 = 1300', liquidatable(owing(500n * E15, E6)), { answer: false }],
  ['who supplies owes nothing', liquidatable(owing(0n, 0n, 1n)), { answer: false }],
  [
    'a debt of 0.000001 without collateral: 0.00000125 → ⌊1.25⌋ units of 1e-6 = 100 of 1e-8',
    liquidatable(owing(0n, 0n, -1n)),
    { answer: true },
  ],
  [
    'a dear dollar, 1.02: 1250·1.02 = 1275 > 1260',
    liquidatable(owing(700n * E15), { prices: { base: 102_000_000n } }),
    { answer: true },
  ],
  [
    'covered by ether alone, bitcoin is not asked for',
    liquidatable(owing(700n * E15, E6), { prices: { wbtc: undefined } }),
    { answer: false },
  ],
  [
    'covered to the very unit by ether alone, neither',
    liquidatable(owing(694444444445000000n, E6), { prices: { wbtc: undefined } }),
    { answer: false },
  ],
  [
    'not covered by ether alone, a broken bitcoin feed reverts',
    liquidatable(owing(690n * E15, E6), { prices: { wbtc: undefined } }),
    { refused: 'BadPrice' },
  ],
];

const absorbed = (account: Account, change?: Change) => () => {
  const done = absorb(market(change), account);
  if (!done.executed) return done.reason;
  const { totalBorrowBase, totalSupplyBase } = done.marketAfter.totals;
  return [done.basePaidOut, done.accountAfter.principal, totalBorrowBase, totalSupplyBase];
};
const noFactor = [{ ...weth, liquidateCollateralFactor: 0n, liquidationFactor: 0n }, wbtc];
const absorptions: readonly Vector[] = [
  [
    '0.69 ether: 1380·0.95 = 1311 for 1250: 61 left, ⌊61000000/1.1⌋ = 55454545',
    absorbed(owing(690n * E15)),
    [1_311n * E6, 55_454_545n, 1_000n * E6, 500n * E6 + 55_454_545n],
  ],
  [
    '0.6 ether: 1140 < 1250, the reserves bear it',
    absorbed(owing(600n * E15)),
    [1_250n * E6, 0n, 1_000n * E6, 500n * E6],
  ],
  [
    'a hundred-millionth short of 1250: ⌊124999999999/100⌋ is a unit less than owed: 0',
    absorbed(owing(657894736842105263n)),
    [1_250n * E6, 0n, 1_000n * E6, 500n * E6],
  ],
  [
    'exactly enough: ⌊131578947369·0.95⌋ = 125000000000: 0 left',
    absorbed(owing(657894736845000000n)),
    [1_250n * E6, 0n, 1_000n * E6, 500n * E6],
  ],
  [
    'ether and bitcoin: 570 + 450 = 1020 < 1250',
    absorbed(owing(300n * E15, E6)),
    [1_250n * E6, 0n, 1_000n * E6, 500n * E6],
  ],
  [
    'a cheap dollar, 0.999: ⌊1311/0.999⌋ = 1312.312312; 62.312312 left, ⌊/1.1⌋ = 56.647556',
    absorbed(owing(690n * E15), { prices: { base: 99_900_000n } }),
    [1_312_312_312n, 56_647_556n, 1_000n * E6, 500n * E6 + 56_647_556n],
  ],
  ['0.7 ether: healthy', absorbed(owing(700n * E15)), 'NotLiquidatable'],
  ['paused', absorbed(owing(690n * E15), { comet: { isAbsorbPaused: true } }), 'Paused'],
  ['a broken feed', absorbed(owing(690n * E15), { prices: { weth: undefined } }), 'BadPrice'],
  ['more than all debts together', absorbed(owing(690n * E15), { totals: { totalBorrowBase: E6 } }), 'panic'],
  [
    'an asset without a factor, before the patch: seized for 0',
    () => {
      const done = absorb(market({ comet: { assets: noFactor } }), owing(5n * E18));
      return done.executed && [...done.seized];
    },
    [[WETH, 5n * E18]],
  ],
  [
    'since the patch: left where it is, its feed may be broken',
    () => {
      const change = { comet: { assets: noFactor, skipsZeroFactors: true }, prices: { weth: undefined } };
      const done = absorb(market(change), owing(5n * E18));
      return done.executed && [[...done.seized], done.accountAfter.collateral.get(weth.asset)];
    },
    [[], 5n * E18],
  ],
];

const terms = (info = weth, change?: Change) => {
  const found = saleTerms(market(change), info);
  if (found === undefined) throw new Error('Both prices are there.');
  return found;
};
const quoted =
  (base: bigint, info = weth, change?: Change) =>
  () =>
    quoteCollateral(terms(info, change), base);
const cost =
  (available: bigint, info = weth, change?: Change) =>
  () =>
    costOf(terms(info, change), available);
const free = { ...weth, liquidationFactor: 0n };
/** Ether is the base, and bitcoin costs 15 of it. */
const inEther = { comet: { baseScale: E18 }, prices: { wbtc: 15n * E8 } };
const whole = { ...wbtc, liquidationFactor: E18 };
const quotes: readonly Vector[] = [
  ['2000·(1−0.5·0.05) = 1950: 1950 dollars buy 1 ether', quoted(1_950n * E6), E18],
  ['1000 dollars: ⌊1/1.95⌋', quoted(1_000n * E6), 512820512820512820n],
  ['0.000001 dollars: ⌊1e26/1.95e11⌋/1e6', quoted(1n), 512_820_512n],
  ['nothing buys nothing', quoted(0n), 0n],
  ['50000·(1−0.5·0.1) = 47500 dollars buy 1 bitcoin', quoted(47_500n * E6, wbtc), E8],
  ['0.000475 dollars buy 0.00000001', quoted(475n, wbtc), 1n],
  ['0.000474 buy ⌊0.99…⌋ = 0', quoted(474n, wbtc), 0n],
  [
    'a cheap dollar, 0.999, buys 0.999 ether for 1950',
    quoted(1_950n * E6, weth, { prices: { base: 99_900_000n } }),
    999n * E15,
  ],
  [
    'no storefront factor, no discount: 2000',
    quoted(2_000n * E6, weth, { comet: { storeFrontPriceFactor: 0n } }),
    E18,
  ],
  ['the whole penalty: 1900', quoted(1_900n * E6, weth, { comet: { storeFrontPriceFactor: E18 } }), E18],
  ['factor 0 before the patch: 2000·(1−0.5) = 1000', quoted(1_000n * E6, free), E18],
  ['factor 0 since the patch: 2000', quoted(2_000n * E6, free, { comet: { skipsZeroFactors: true } }), E18],
  [
    'all of the price off: division by zero',
    quoted(1n, free, { comet: { storeFrontPriceFactor: E18 } }),
    undefined,
  ],
  ['1 ether for bitcoin at 15: ⌊6666666.6…⌋', quoted(E18, whole, inEther), 6_666_666n],
];
const costs: readonly Vector[] = [
  ['1 ether: 1950 dollars', cost(E18), 1_950n * E6],
  ['half an ether: 975', cost(E18 / 2n), 975n * E6],
  ['1 wei: 0.000001 buys 512820512 wei, more than there is: nothing', cost(1n), 0n],
  ['512820512 wei: exactly what 0.000001 buys', cost(512_820_512n), 1n],
  ['a wei less than that: nothing', cost(512_820_511n), 0n],
  ['0.00000001 bitcoin: 0.000475, as ⌈475⌉', cost(1n, wbtc), 475n],
  ['0.00000003 bitcoin: 0.001425', cost(3n, wbtc), 1_425n],
  [
    '6666666 of bitcoin at 15 ether: 6666666·1.5e11 wei and no more',
    cost(6_666_666n, whole, inEther),
    999_999_900_000_000_000n,
  ],
  ['nothing: nothing', cost(0n), 0n],
];

const reserves = (change?: Change) => () => reservesOf(market(change));
const open = (target: bigint, base?: bigint) => () =>
  isForSale(market({ comet: { targetReserves: target }, ...(base === undefined ? {} : { base }) }));
const bought = (asset: Address, base: bigint, least: bigint, change?: Change) => () => {
  const done = buyCollateral(market(change), asset, base, least);
  return done.executed ? done.collateralAmount : done.reason;
};
const sales: readonly Vector[] = [
  ['1000 − 500·1.1 + 2000·1.25 = 2950', reserves(), 2_950n * E6],
  [
    '⌊⌋ of each total: 1000000000 − ⌊7.7⌋ + ⌊8.75⌋',
    reserves({ totals: { totalSupplyBase: 7n, totalBorrowBase: 7n } }),
    1_000_000_001n,
  ],
  ['short of everything: 0 − 550 + 0', reserves({ base: 0n, totals: { totalBorrowBase: 0n } }), -550n * E6],
  ['at the target nothing is for sale', open(2_950n * E6), false],
  ['a unit below it, everything', open(2_950n * E6 + 1n), true],
  [
    'below zero everything, whatever the target',
    () => isForSale(market({ base: 0n, totals: { totalBorrowBase: 0n }, comet: { targetReserves: 0n } })),
    true,
  ],
  [
    'exactly zero of a target of zero: nothing',
    () =>
      isForSale(market({ base: 550n * E6, totals: { totalBorrowBase: 0n }, comet: { targetReserves: 0n } })),
    false,
  ],
  [
    '10 − 8 = 2 ether are nobody’s: 3900 dollars buy them',
    bought(weth.asset, 3_900n * E6, 2n * E18),
    2n * E18,
  ],
  ['a unit more than 2 ether cost', bought(weth.asset, 3_900n * E6 + 1n, 0n), 'InsufficientReserves'],
  ['no bitcoin is nobody’s', bought(wbtc.asset, 475n, 0n), 'InsufficientReserves'],
  ['a wei more than is paid for', bought(weth.asset, 1_950n * E6, E18 + 1n), 'TooMuchSlippage'],
  ['at the target', bought(weth.asset, 1n, 0n, { comet: { targetReserves: 2_950n * E6 } }), 'NotForSale'],
  ['paused', bought(weth.asset, 1n, 0n, { comet: { isBuyPaused: true } }), 'Paused'],
  ['what is no collateral', bought('usdc', 1n, 0n), 'BadAsset'],
];

describe.each([
  ['rates', rates],
  ['utilization', utilizations],
  ['interest', interest],
  ['principal and present value', values],
  ['health', healths],
  ['absorption', absorptions],
  ['quotes of the storefront', quotes],
  ['the least that buys the most', costs],
  ['reserves and what is for sale', sales],
])('%s', (_, vectors) => {
  test.each(vectors)('%s', (_derivation, actual, expected) => {
    expect(actual()).toEqual(expected);
  });
});
