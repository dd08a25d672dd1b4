import { expect, test } from 'vitest';
import type { PriceSource } from '../../../lib/oracles/price-source.ts';
import { assetsMovedBy, type PriceBook, priceOf } from '../../../lib/protocols/aave-v3/prices.ts';
import { address } from './synthetic-pool.ts';

const [ETH, STAKED, CASH, LOST] = [address(1), address(2), address(3), address(4)];
const FEED = address(0xfeed);

/** Says the feed's answer times `factor`, and one more per second. */
const source = (factor: bigint): PriceSource => ({
  address: address(Number(factor)),
  aggregators: [FEED],
  latestAnswer: (answerOf, timestampSeconds) => answerOf(FEED) * factor + BigInt(timestampSeconds),
});

const book: PriceBook = {
  baseCurrency: CASH,
  baseCurrencyUnit: 100n,
  sources: new Map([
    [ETH, source(1n)],
    [STAKED, source(2n)],
  ]),
  fallbackPrices: new Map([
    [ETH, 7n],
    [LOST, 9n],
  ]),
};

test("an asset's price is its source's answer, at that time", () => {
  const price = priceOf(book, () => 50n, 3);
  expect([price(ETH), price(STAKED)]).toEqual([53n, 103n]);
});

test('the base currency is worth its unit', () => {
  expect(priceOf(book, () => 50n, 0)(CASH)).toBe(100n);
});

test('where the answer is not positive, or there is no source, the fallback is asked', () => {
  for (const answer of [0n, -1n]) {
    const price = priceOf(book, () => answer, 0);
    expect([price(ETH), price(STAKED)]).toEqual([7n, undefined]);
  }
  expect(priceOf(book, () => 50n, 0)(LOST)).toBe(9n);
});

test('one feed moves every asset that is derived from it', () => {
  expect(assetsMovedBy(book, FEED)).toEqual([ETH, STAKED]);
  expect(assetsMovedBy(book, address(0xdead))).toEqual([]);
});
