import { expect, test } from 'vitest';
import type { Opportunity } from '../../../lib/domain.ts';
import { isLiquidatable } from '../../../lib/protocols/aave-v3/account.ts';
import type { Market } from '../../../lib/protocols/aave-v3/accrual.ts';
import {
  EVERYTHING,
  legalSizes,
  liquidateBy,
  type PairIds,
} from '../../../lib/protocols/aave-v3/legal-sizes.ts';
import { accountAfter, marketAfter } from '../../../lib/protocols/aave-v3/liquidation-after.ts';
import { leftBy, liquidationSteps } from '../../../lib/protocols/aave-v3/liquidation-steps.ts';
import { opportunitiesOf } from '../../../lib/protocols/aave-v3/opportunity.ts';
import type { Account } from '../../../lib/protocols/aave-v3/state.ts';
import { Random } from '../../support/fuzz/random.ts';
import { inMemory } from '../../support/optimiser/in-memory.ts';
import { randomWorld } from '../../support/optimiser/world.ts';
import { syntheticAccount, syntheticMarket } from './synthetic-pool.ts';

const usd = (amount: number) => BigInt(amount) * 10n ** 18n;
const WETH_AGAINST_DAI = { collateralId: 0, debtId: 1 };

test('half of the position, where that would leave dust in this reserve: all but $1,000', () => {
  const market = syntheticMarket({ reserves: [{}, {}, {}] });
  // Debt $2,500 and $1,500, health factor 0.98: half of the position is $2,000 and would leave $500.
  const account = syntheticAccount({ collateral: { 0: usd(4_900) }, debt: { 1: usd(2_500), 2: usd(1_500) } });
  const liquidate = liquidateBy(market, account, WETH_AGAINST_DAI);
  expect(liquidate(EVERYTHING)).toMatchObject({ reason: 'MustNotLeaveDust' });
  const sizes = legalSizes(market, account, WETH_AGAINST_DAI);
  // What is left is rounded up to a unit of the base currency, 1e10 wei here: a wei short of $1,000 less one unit.
  expect(sizes.map((done) => done.actualDebtToLiquidate)).toEqual([usd(1_500) + 10n ** 10n - 1n]);
  expect(liquidate(usd(1_500) + 10n ** 10n)).toMatchObject({ executed: false });
});

test('all of a debt, and below it only what leaves $1,000', () => {
  const market = syntheticMarket({ reserves: [{}, {}] });
  const account = syntheticAccount({ collateral: { 0: usd(1_900) }, debt: { 1: usd(1_800) } });
  const sizes = legalSizes(market, account, WETH_AGAINST_DAI).map((done) => done.actualDebtToLiquidate);
  expect(sizes).toEqual([usd(800) + 10n ** 10n - 1n, usd(1_800)]);
});

test('as much as the reserve can pay out, to the last units', () => {
  const stored = { virtualUnderlyingBalance: usd(1_045) };
  const market = syntheticMarket({ reserves: [{ stored }, {}] });
  const account = syntheticAccount({ collateral: { 0: usd(50_000) }, debt: { 1: usd(50_000) } });
  // $1,045 of $1,050 seized go out, the treasury's $5 stay as aTokens.
  const [largest] = legalSizes(market, account, WETH_AGAINST_DAI);
  expect(usd(1_045) - (largest?.actualCollateralToLiquidate ?? 0n)).toBeLessThan(4n);
});

test('none for a healthy account, or one without such collateral', () => {
  const market = syntheticMarket({ reserves: [{}, {}] });
  const healthy = syntheticAccount({ collateral: { 0: usd(9) }, debt: { 1: usd(1) } });
  expect(legalSizes(market, healthy, WETH_AGAINST_DAI)).toEqual([]);
  const unhealthy = syntheticAccount({ collateral: { 0: usd(1) }, debt: { 1: usd(9) } });
  expect(legalSizes(market, unhealthy, { collateralId: 1, debtId: 1 })).toEqual([]);
});

test('what a liquidation leaves is known, but for stable debt', () => {
  const market = syntheticMarket({ revision: 1, reserves: [{}, {}, {}] });
  const collateral = { 0: usd(100_000), 2: usd(100_000) };
  const variable = syntheticAccount({ collateral, debt: { 1: usd(170_000) } });
  const stable = { principal: usd(170_000), rateRay: 0n, lastUpdateTimestamp: 0 };
  const owing = {
    ...syntheticAccount({ collateral, debt: { 1: 0n } }),
    stableDebts: new Map([[1, stable]]),
  };
  const leftOf = (account: Account) => {
    const done = liquidateBy(market, account, WETH_AGAINST_DAI)(usd(10_000));
    if (!done.executed) throw new Error(`It is liquidatable, and yet: ${done.reason}`);
    return leftBy({ market, account }, WETH_AGAINST_DAI, done);
  };
  expect(leftOf(variable)?.account.scaledVariableDebts.get(1)).toBe(usd(160_000));
  expect(leftOf(owing)).toBeUndefined();
});

const worlds = Array.from({ length: 300 }, (_, n) => inMemory(randomWorld(new Random(900 + n))));

test('every kink is legal, and between two of them all sizes are in proportion, or none is legal', () => {
  let gaps = 0;
  for (const { aavePool, market, account } of worlds) {
    const offers = opportunitiesOf(aavePool, market, account).filter(({ seizes }) => seizes === 'underlying');
    for (const offer of offers) {
      expect(offer.kinks.at(-1)).toBe(offer.maxDebtToCover);
      const spans = offer.kinks.slice(1).map((high, index) => ({ low: offer.kinks[index] ?? 0n, high }));
      for (const span of spans) if (isGap(offer, span)) gaps += 1;
    }
  }
  expect(gaps).toBeGreaterThan(10);
});

/** Whether nothing between is legal; else everything must be, and in proportion. */
function isGap(
  { quote }: Opportunity,
  { low, high }: { readonly low: bigint; readonly high: bigint },
): boolean {
  expect(high).toBeGreaterThan(low);
  const top = quote(high);
  expect(top?.debtToCover).toBe(high);
  const between = [1n, 3n, 7n].map((part) => quote(low + ((high - low) * part) / 8n));
  if (between.every((one) => one === undefined)) return true;
  for (const one of between) {
    const inProportion = ((top?.seizedCollateral ?? 0n) * (one?.debtToCover ?? 0n)) / high;
    const off = (one?.seizedCollateral ?? 0n) - inProportion;
    expect(off * off).toBeLessThanOrEqual(16n);
  }
  return false;
}

test('the first of two steps leaves the account liquidatable, and ten cents more would not', () => {
  let byHealthFactor = 0;
  for (const { market, account, pairs } of worlds) {
    for (const ids of pairs) {
      const first = liquidationSteps(market, account, ids)[1]?.fixed[0]?.actualDebtToLiquidate;
      const debt = market.reserves[ids.debtId];
      if (first === undefined || debt?.price === undefined) continue;
      expect(staysLiquidatable(market, account, ids, first)).toBe(true);
      const more = staysLiquidatable(market, account, ids, first + (10_000_000n * debt.unit) / debt.price);
      expect(more).not.toBe(true);
      if (more === false) byHealthFactor += 1;
    }
  }
  expect(byHealthFactor).toBeGreaterThan(100);
});

/** `undefined` where the pool refuses so much, or takes less. */
function staysLiquidatable(market: Market, account: Account, ids: PairIds, debtToCover: bigint) {
  const done = liquidateBy(market, account, ids)(debtToCover);
  if (!done.executed || done.actualDebtToLiquidate < debtToCover) return undefined;
  const call = { ...ids, debtToCover, receiveAToken: false, liquidator: '' };
  return isLiquidatable(marketAfter(market, call, done), accountAfter(account, call, done));
}

test('aTokens are offered where the reserve has lent everything out', () => {
  const stored = { virtualUnderlyingBalance: 0n };
  const market = syntheticMarket({ reserves: [{ stored }, {}] });
  const account = syntheticAccount({ collateral: { 0: usd(50_000) }, debt: { 1: usd(50_000) } });
  const offers = opportunitiesOf(account.address, market, account);
  expect(offers.map(({ seizes, steps }) => ({ seizes, steps }))).toEqual([{ seizes: 'receipt', steps: 1 }]);
});
