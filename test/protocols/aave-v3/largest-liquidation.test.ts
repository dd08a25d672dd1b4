import { expect, test } from 'vitest';
import {
  EVERYTHING,
  largestLiquidation,
  liquidateBy,
} from '../../../lib/protocols/aave-v3/largest-liquidation.ts';
import { syntheticAccount, syntheticMarket } from './synthetic-pool.ts';

const usd = (amount: number) => BigInt(amount) * 10n ** 18n;

test('half of the position, where that would leave dust in this reserve: all but $1,000', () => {
  const market = syntheticMarket({ reserves: [{}, {}, {}] });
  // Debt $2,500 and $1,500, health factor 0.98: half of the position is $2,000 and would leave $500.
  const account = syntheticAccount({ collateral: { 0: usd(4_900) }, debt: { 1: usd(2_500), 2: usd(1_500) } });
  expect(liquidateBy(market, account, 0, 1)(EVERYTHING)).toMatchObject({ reason: 'MustNotLeaveDust' });
  const largest = largestLiquidation(market, account, 0, 1);
  // What is left is rounded up to a unit of the base currency, 1e10 wei here: a wei short of $1,000 less one unit.
  expect(largest?.actualDebtToLiquidate).toBe(usd(1_500) + 10n ** 10n - 1n);
  expect(liquidateBy(market, account, 0, 1)(usd(1_500) + 10n ** 10n)).toMatchObject({ executed: false });
});

test('as much as the reserve can pay out', () => {
  const stored = { virtualUnderlyingBalance: usd(1_045) };
  const market = syntheticMarket({ reserves: [{ stored }, {}] });
  const account = syntheticAccount({ collateral: { 0: usd(50_000) }, debt: { 1: usd(50_000) } });
  // $1,045 of $1,050 seized go out, the treasury's $5 stay as aTokens; one wei of debt more seizes one wei more.
  expect(largestLiquidation(market, account, 0, 1)?.actualCollateralToLiquidate).toBe(usd(1_045));
});

test('none for a healthy account, or one without such collateral', () => {
  const market = syntheticMarket({ reserves: [{}, {}] });
  const healthy = syntheticAccount({ collateral: { 0: usd(9) }, debt: { 1: usd(1) } });
  expect(largestLiquidation(market, healthy, 0, 1)).toBe(undefined);
  const unhealthy = syntheticAccount({ collateral: { 0: usd(1) }, debt: { 1: usd(9) } });
  expect(largestLiquidation(market, unhealthy, 1, 1)).toBe(undefined);
});
