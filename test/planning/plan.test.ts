import { expect, test } from 'vitest';
import { liquidityOf } from '../../lib/planning/liquidity.ts';
import { planLiquidations } from '../../lib/planning/plan.ts';
import type { Terms } from '../../lib/planning/profit.ts';
import { constantProductPool, flatLender, syntheticOpportunity, token } from '../support/synthetic-market.ts';

const WETH = token(1);
const USD = token(2);
const BTC = token(3);
const OTHER_USD = token(4);
const ETHER = 10n ** 18n;
const terms: Terms = { gasPriceWei: 10n ** 9n, fixedGas: 100_000n, bidBps: 9_000n, minProfitWei: 0n };

/** 10,000 WETH against 40,000,000 USD (6 decimals): 4,000 USD a WETH. */
const deepPool = () => constantProductPool(1, [WETH, USD], [10_000n * ETHER, 40_000_000_000_000n]);
/** 1 USD repaid brings 1.05 USD of WETH at 4,000: per 10,000 raw USD 2,625,000,000,000 raw WETH. */
const debt = (borrower: number, usd: bigint) =>
  syntheticOpportunity({
    borrower,
    debtAsset: USD,
    collateralAsset: WETH,
    maxDebtToCover: usd * 1_000_000n,
    seizedPer10k: 2_625_000_000_000n,
  });

test('one borrower: the profit is what the pool leaves of the bonus, to the wei', () => {
  const { plans, skips } = planLiquidations([debt(1, 40_000n)], liquidityOf(WETH, [deepPool()], []), terms);
  // 40,000 USD out of x·y = k: in = 10,000·40,000 / (40,000,000 − 40,000) WETH, rounded up; seized 10.5 WETH.
  const paid = (10_000n * ETHER * 40_000_000_000n) / (40_000_000_000_000n - 40_000_000_000n) + 1n;
  const gross = (105n * ETHER) / 10n - paid;
  const gasCostWei = (300_000n + 100_000n + 100_000n) * 10n ** 9n;
  const bidWei = ((gross - gasCostWei) * 9_000n) / 10_000n;
  expect(skips).toEqual([]);
  expect(plans).toHaveLength(1);
  expect(plans[0]).toMatchObject({
    funding: 'constant-product-flash-swap',
    debtToCover: 40_000_000_000n,
    seizedCollateral: (105n * ETHER) / 10n,
    grossProfitWei: gross,
    gasCostWei,
    bidWei,
    profitWei: gross - gasCostWei - bidWei,
  });
});

test('the second borrower meets the pool as the first one leaves it', () => {
  const both = planLiquidations(
    [debt(1, 40_000n), debt(2, 30_000n)],
    liquidityOf(WETH, [deepPool()], []),
    terms,
  );
  const k = 10_000n * ETHER * 40_000_000_000_000n;
  const wethAfterFirst =
    10_000n * ETHER + (both.plans[0]?.seizedCollateral ?? 0n) - (both.plans[0]?.grossProfitWei ?? 0n);
  const usdAfterFirst = 40_000_000_000_000n - 40_000_000_000n;
  const paidBySecond = (wethAfterFirst * 30_000_000_000n) / (usdAfterFirst - 30_000_000_000n) + 1n;
  expect(both.plans.map((plan) => plan.debtToCover)).toEqual([40_000_000_000n, 30_000_000_000n]);
  expect(both.plans[1]?.grossProfitWei).toBe((7_875n * ETHER) / 1_000n - paidBySecond);
  expect(wethAfterFirst * usdAfterFirst).toBeGreaterThanOrEqual(k);
  // Only the first plan pays for the transaction itself.
  expect((both.plans[0]?.gasUsed ?? 0n) - (both.plans[1]?.gasUsed ?? 0n)).toBe(100_000n);
});

test('a shallow pool gets a smaller size than the protocol allows', () => {
  const shallow = constantProductPool(2, [WETH, USD], [100n * ETHER, 400_000_000_000n]);
  const { plans } = planLiquidations([debt(1, 40_000n)], liquidityOf(WETH, [shallow], []), terms);
  // Marginal: d(paid)/d(size) = X·Y/(Y − s)² equals the seized rate where (Y − s)² = Y²/1.05.
  const best = 400_000_000_000 * (1 - Math.sqrt(1 / 1.05));
  expect(Math.abs(Number(plans[0]?.debtToCover) - best) / best).toBeLessThan(0.01);
});

test('no pool for the pair: a flash loan, sold and bought through WETH', () => {
  const pools = [constantProductPool(3, [BTC, WETH], [1_000n * 10n ** 8n, 27_500n * ETHER]), deepPool()];
  const opportunity = syntheticOpportunity({
    borrower: 7,
    debtAsset: USD,
    collateralAsset: BTC,
    maxDebtToCover: 11_000_000_000n,
    seizedPer10k: 96n,
  });
  const lender = flatLender(USD, 10n ** 12n, 5_500_000n);
  const { plans } = planLiquidations([opportunity], liquidityOf(WETH, pools, [lender]), terms);
  const seized = (11_000_000_000n * 96n) / 10_000n;
  const sold = (27_500n * ETHER * seized) / (1_000n * 10n ** 8n + seized);
  const owed = 11_000_000_000n + 5_500_000n;
  const bought = (10_000n * ETHER * owed) / (40_000_000_000_000n - owed) + 1n;
  expect(plans[0]).toMatchObject({
    funding: 'flat-lender',
    flashFee: 5_500_000n,
    grossProfitWei: sold - bought,
  });
});

test('every borrower left alone says why, with the numbers', () => {
  const dear = { ...terms, gasPriceWei: 10n ** 13n };
  const outcome = planLiquidations([debt(1, 100n)], liquidityOf(WETH, [deepPool()], []), dear);
  expect(outcome.plans).toEqual([]);
  expect(outcome.skips[0]?.reason).toBe('unprofitable');
  expect(outcome.skips[0]?.numbers).toMatchObject({
    gasUsed: 500_000n,
    gasCostWei: 500_000n * 10n ** 13n,
    minProfitWei: 0n,
  });
  const nowhere = planLiquidations([debt(1, 100n)], liquidityOf(WETH, [], []), terms);
  expect(nowhere.skips[0]).toMatchObject({ reason: 'noRoute', borrower: token(0xb001) });
});

test('a negative floor takes what loses no more than that', () => {
  const dear = { ...terms, gasPriceWei: 10n ** 10n };
  const liquidity = liquidityOf(WETH, [deepPool()], []);
  expect(planLiquidations([debt(1, 100n)], liquidity, dear).plans).toEqual([]);
  const patient = { ...dear, minProfitWei: -ETHER };
  expect(planLiquidations([debt(1, 100n)], liquidity, patient).plans).toHaveLength(1);
});

test('every plan and every skip says what else was weighed, and why it lost', () => {
  const one = debt(1, 40_000n);
  const alternatives = [
    { ...one, maxDebtToCover: 20_000_000_000n, kinks: [0n, 20_000_000_000n] },
    { ...one, seizes: 'receipt' as const },
    { ...one, collateralAsset: BTC },
  ];
  const liquidity = liquidityOf(WETH, [deepPool()], [flatLender(USD, 10n ** 12n, 20_000_000n)]);
  const { plans } = planLiquidations([one, ...alternatives], liquidity, terms);
  expect(plans).toHaveLength(1);
  const [plan] = plans;
  expect(plan?.debtToCover).toBe(40_000_000_000n);
  expect(plan?.alternatives.map(({ reason }) => reason)).toEqual([
    ...['lessProfit', 'lessProfit'],
    ...['receiptRepaysNoLoan', 'noRoute'],
  ]);
  const [lender, smaller, ...unpriced] = plan?.alternatives ?? [];
  expect(lender).toMatchObject({ funding: 'flat-lender', debtToCover: 40_000_000_000n, steps: 1 });
  expect(smaller).toMatchObject({ funding: 'constant-product-flash-swap', debtToCover: 20_000_000_000n });
  expect(lender?.profitWei).toBeLessThan(plan?.profitWei ?? 0n);
  expect(smaller?.profitWei).toBeLessThan(lender?.profitWei ?? 0n);
  expect(unpriced.every(({ profitWei }) => profitWei === undefined)).toBe(true);

  const { skips } = planLiquidations([one, ...alternatives], liquidity, { ...terms, minProfitWei: ETHER });
  expect(skips[0]).toMatchObject({ reason: 'unprofitable', alternatives: plan?.alternatives });
});

test('two pairs of a borrower one after the other, where they leave more than the best alone', () => {
  const alone = debt(1, 40_000n);
  const next = { ...debt(1, 35_000n), collateralAsset: WETH, healthFactorWad: 98n * 10n ** 16n };
  const lead = {
    ...debt(1, 20_000n),
    debtAsset: OTHER_USD,
    sequel: () => ({
      kinks: [15_000_000_000n],
      after: (size: bigint) => (size <= 15_000_000_000n ? [next] : []),
    }),
  };
  const pools = [
    deepPool(),
    constantProductPool(2, [WETH, OTHER_USD], [10_000n * ETHER, 40_000_000_000_000n]),
  ];
  const { plans, skips } = planLiquidations([alone, lead], liquidityOf(WETH, pools, []), terms);
  expect(skips).toEqual([]);
  expect(plans.map(({ debtAsset, debtToCover }) => [debtAsset, debtToCover])).toEqual([
    [OTHER_USD, 15_000_000_000n],
    [USD, 35_000_000_000n],
  ]);
  // Each pays as if it were alone on its own pool; the transaction itself is paid for once.
  const single = (one: ReturnType<typeof debt>, fixedGas: bigint) =>
    planLiquidations([one], liquidityOf(WETH, pools, []), { ...terms, fixedGas }).plans[0]?.profitWei;
  expect(plans.map(({ profitWei }) => profitWei)).toEqual([
    single({ ...debt(1, 15_000n), debtAsset: OTHER_USD }, 100_000n),
    single(next, 0n),
  ]);
  const [better] = plans[0]?.alternatives ?? [];
  expect(better).toMatchObject({ reason: 'lessTogether', debtToCover: 40_000_000_000n });
  expect(better?.profitWei).toBeGreaterThan(plans[0]?.profitWei ?? 0n);
  // Not where one of the two would leave less than is asked for.
  const strict = { ...terms, minProfitWei: (plans[0]?.profitWei ?? 0n) + 1n };
  const {
    plans: [only, ...more],
  } = planLiquidations([alone, lead], liquidityOf(WETH, pools, []), strict);
  expect([only?.debtToCover, more]).toEqual([40_000_000_000n, []]);
});

test('of many alternatives, a handful', () => {
  const sizes = Array.from({ length: 12 }, (_, n) => BigInt(n + 1) * 3_000_000_000n);
  const many = sizes.map((most) => ({ ...debt(1, 40_000n), maxDebtToCover: most, kinks: [0n, most] }));
  const { plans } = planLiquidations(many, liquidityOf(WETH, [deepPool()], []), terms);
  const told = plans[0]?.alternatives.map(({ debtToCover }) => debtToCover);
  expect(plans[0]?.debtToCover).toBe(36_000_000_000n);
  expect(told).toEqual([33_000_000_000n, 30_000_000_000n, 27_000_000_000n, 24_000_000_000n]);
});

test('two positions of one borrower are two plans, on the pools as the first leaves them', () => {
  const positions = ['one', 'other'].map((position) => ({ ...debt(1, 40_000n), position }));
  const { plans, skips } = planLiquidations(positions, liquidityOf(WETH, [deepPool()], []), terms);
  expect(skips).toEqual([]);
  expect(plans.map(({ borrower, debtToCover }) => [borrower, debtToCover])).toEqual([
    [token(0xb001), 40_000_000_000n],
    [token(0xb001), 40_000_000_000n],
  ]);
  expect(plans[1]?.grossProfitWei).toBeLessThan(plans[0]?.grossProfitWei ?? 0n);
  const whole = planLiquidations(
    [debt(1, 40_000n), debt(1, 40_000n)],
    liquidityOf(WETH, [deepPool()], []),
    terms,
  );
  expect(whole.plans).toHaveLength(1);
});

test('where the pools do not pay for the debt, the skip says what both were worth there', () => {
  // 4,000 USD a WETH on the chain's feeds; 3,600 in the only pool: less than the bonus makes up for.
  const poor = constantProductPool(1, [WETH, USD], [10_000n * ETHER, 36_000_000_000_000n]);
  const { plans, skips } = planLiquidations([debt(1, 40_000n)], liquidityOf(WETH, [poor], []), terms);
  expect(plans).toEqual([]);
  const [skip] = skips;
  expect(skip?.reason).toBe('noRoute');
  expect(skip?.numbers).toMatchObject({
    debtToCover: 40_000_000_000n,
    seizedCollateral: (105n * ETHER) / 10n,
  });
  // 10.5 WETH against the 40,000 / 3,600 that the debt costs.
  expect(Number(skip?.numbers.seizedWei) / 1e18).toBeCloseTo(10.5, 9);
  expect(Number(skip?.numbers.owedWei) / 1e18).toBeCloseTo(40_000 / 3_600, 9);
});
