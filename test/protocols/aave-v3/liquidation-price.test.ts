import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isLiquidatable } from '../../../lib/protocols/aave-v3/account.ts';
import { type Market, repriced } from '../../../lib/protocols/aave-v3/accrual.ts';
import { liquidationPrice } from '../../../lib/protocols/aave-v3/liquidation-price.ts';
import { address, syntheticAccount, syntheticMarket } from './synthetic-pool.ts';

const usd = (amount: number) => BigInt(Math.round(amount * 1e8));
const E18 = 10n ** 18n;

/** The market in which these reserves follow one feed. */
const feedOf =
  (market: Market, followers: readonly number[]) =>
  (answer: bigint): Market => {
    const prices = new Map(
      market.reserves.flatMap((reserve) => (reserve ? [[reserve.asset, reserve.price]] : [])),
    );
    for (const id of followers) prices.set(address(0x100 + id), answer);
    return repriced(market, (asset) => prices.get(asset));
  };

describe('the price at which an account turns', () => {
  const market = syntheticMarket({ reserves: [{}, {}] });
  const account = syntheticAccount({ collateral: { 0: 2n * E18 }, debt: { 1: 80n * E18 } });

  test('of its collateral: 2 · p · 80 % = $80', () => {
    expect(liquidationPrice(account, feedOf(market, [0]), usd(100))).toEqual({
      answer: usd(50),
      liquidatable: 'below',
    });
  });

  test('of its debt: 2 · $1 · 80 % = 80 · p', () => {
    expect(liquidationPrice(account, feedOf(market, [1]), usd(1))).toEqual({
      answer: usd(0.02),
      liquidatable: 'above',
    });
  });

  test('is the same, whatever the present price', () => {
    for (const answer of [1n, usd(0.5), usd(1e6)]) {
      expect(liquidationPrice(account, feedOf(market, [0]), answer)?.answer).toBe(usd(50));
    }
  });

  test('does not exist where collateral and debt move together', () => {
    const same = syntheticAccount({ collateral: { 0: 2n * E18 }, debt: { 0: E18 } });
    expect(liquidationPrice(same, feedOf(market, [0]), usd(1))).toBe(undefined);
  });

  test('is found through a source that caps the answer', () => {
    const capped = (answer: bigint) => feedOf(market, [0])(answer < usd(60) ? answer : usd(60));
    expect(liquidationPrice(account, capped, usd(100))?.answer).toBe(usd(50));
  });
});

test('safe at the price, liquidatable one tick beyond: whatever the account, for every revision', () => {
  const amount = fc.bigInt({ min: 1n, max: 10n ** 26n });
  const price = fc.bigInt({ min: 1n, max: 10n ** 14n });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 11 }),
      fc.array(fc.tuple(amount, amount, price), { minLength: 3, maxLength: 3 }),
      fc.subarray([0, 1, 2], { minLength: 1 }),
      (revision, amounts, followers) => {
        const market = syntheticMarket({ revision, reserves: amounts.map(([, , one]) => ({ price: one })) });
        const held = (side: 0 | 1) => Object.fromEntries(amounts.map((one, id) => [id, one[side]]));
        const account = syntheticAccount({ collateral: held(0), debt: held(1) });
        const marketAt = feedOf(market, followers);
        const found = liquidationPrice(account, marketAt, 10n ** 8n);
        if (found === undefined) return;
        const beyond = found.answer + (found.liquidatable === 'below' ? -1n : 1n);
        expect(isLiquidatable(marketAt(found.answer), account)).toBe(false);
        expect(isLiquidatable(marketAt(beyond), account)).toBe(true);
      },
    ),
  );
});
