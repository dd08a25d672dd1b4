import { expect, test } from 'vitest';
import type { Opportunity } from '../../lib/domain.ts';
import { chosen, positionOf, weigh } from '../../lib/planning/choice.ts';
import { type Liquidity, liquidityOf } from '../../lib/planning/liquidity.ts';
import { planLiquidations } from '../../lib/planning/plan.ts';
import { UniswapV2Pool } from '../../lib/venues/uniswap-v2/pool.ts';
import { Random } from '../support/fuzz/random.ts';
import { syntheticOpportunity, token } from '../support/synthetic-market.ts';

const [WETH, USD, DAI] = [token(1), token(2), token(3)];
const ETHER = 10n ** 18n;
const GAS_PRICE = 2n * 10n ** 9n;
const terms = { gasPriceWei: GAS_PRICE, fixedGas: 0n, bidBps: 0n, minProfitWei: 0n };

/** Three pools that all share: two of WETH and USD, one of WETH and DAI; stable coins have 18 decimals. */
function sharedPools(random: Random): readonly UniswapV2Pool[] {
  const pool = (n: number, stable: string) => {
    const depth = BigInt(random.integer(150, 3_000)) * ETHER;
    const price = BigInt(random.integer(3_980, 4_020));
    const key = { venue: 'uniswap-v2', address: token(0x9000 + n), executor: token(9) };
    return new UniswapV2Pool({ ...key, tokens: [WETH, stable] }, [depth, depth * price]);
  };
  return [pool(1, USD), pool(2, USD), pool(3, DAI)];
}

/** From a twentieth of a pool to more than it can carry. */
const randomDebts = (random: Random, count: number): readonly Opportunity[] =>
  Array.from({ length: count }, (_, borrower) => {
    const usd = BigInt(Math.round(10 ** (4 + 2.2 * random.fraction())));
    return syntheticOpportunity({
      borrower,
      debtAsset: random.pick([USD, USD, DAI]),
      collateralAsset: WETH,
      maxDebtToCover: usd * ETHER,
      // 10,000 USD for 2.5 WETH and a bonus of 4 to 8 %, in ten thousandths.
      seizedPer10k: BigInt(random.integer(26_000, 27_000)),
    });
  }).map((opportunity) => ({
    ...opportunity,
    quote: (debt: bigint) => {
      const quote = opportunity.quote(debt);
      return quote && { ...quote, seizedCollateral: quote.seizedCollateral / 10_000n };
    },
  }));

const bestOf = (debts: readonly Opportunity[], liquidity: Liquidity) =>
  chosen(weigh(positionOf(debts, liquidity), liquidity, GAS_PRICE), GAS_PRICE);

/**
 * What the best of all orders leaves, each borrower taking the best it finds. An order is given up where even the
 * profits that the rest could make on the pools as they are would not make it the best: trades of one direction
 * only worsen each other's prices.
 */
function bestOfAllOrders(debts: readonly Opportunity[], liquidity: Liquidity, atLeast: bigint): bigint {
  const choices = debts
    .flatMap((debt) => {
      const best = bestOf([debt], liquidity);
      return best === undefined || best.netWei <= 0n ? [] : [{ debt, best }];
    })
    .sort((a, b) => (a.best.netWei > b.best.netWei ? -1 : 1));
  const bound = choices.reduce((sum, { best }) => sum + best.netWei, 0n);
  if (bound <= atLeast) return 0n;
  return choices.reduce((most, { debt, best }) => {
    const others = choices.flatMap((one) => (one.debt === debt ? [] : [one.debt]));
    const after = liquidity.after(best.deal.poolsAfter);
    const floor = most > atLeast ? most : atLeast;
    const total = best.netWei + bestOfAllOrders(others, after, floor - best.netWei);
    return total > most ? total : most;
  }, 0n);
}

const planned = (debts: readonly Opportunity[], liquidity: Liquidity) =>
  planLiquidations(debts, liquidity, terms);

const profitOf = ({ plans }: ReturnType<typeof planned>): bigint =>
  plans.reduce((sum, { profitWei }) => sum + profitWei, 0n);

test.each([2, 3, 4, 8])('world %i: within 0.5 percent of the best order of eight borrowers', (seed) => {
  const random = new Random(seed);
  const liquidity = liquidityOf(WETH, sharedPools(random), []);
  const debts = randomDebts(random, 8);
  const found = profitOf(planned(debts, liquidity));
  // Only an order that is better than what is allowed matters.
  const allowed = (found * 1_005n) / 1_000n;
  expect(found).toBeGreaterThan(0n);
  expect(bestOfAllOrders(debts, liquidity, allowed)).toBeLessThanOrEqual(allowed);
});

test('a hundred borrowers: every plan is priced on the pools that the ones before it leave', () => {
  const random = new Random(100);
  const liquidity = liquidityOf(WETH, sharedPools(random), []);
  const debts = randomDebts(random, 100);
  const { plans, skips } = planned(debts, liquidity);
  expect(plans.length + skips.length).toBe(100);
  expect(new Set(plans.map(({ borrower }) => borrower)).size).toBe(plans.length);
  // Constant product: whatever the order, no more WETH leaves the market than its reserves allow.
  let pools = liquidity;
  for (const plan of plans) {
    const debt = debts.filter(({ borrower }) => borrower === plan.borrower);
    const alone = bestOf(debt, pools);
    expect(alone?.deal.grossProfitWei).toBe(plan.grossProfitWei);
    pools = pools.after(alone?.deal.poolsAfter ?? []);
  }
});
