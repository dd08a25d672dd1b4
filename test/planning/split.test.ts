import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Address } from '../../lib/hex.ts';
import type { Exchange } from '../../lib/planning/exchange.ts';
import { liquidityOf } from '../../lib/planning/liquidity.ts';
import type { Order } from '../../lib/planning/pair-market.ts';
import { UniswapV2Pool } from '../../lib/venues/uniswap-v2/pool.ts';
import type { Pool } from '../../lib/venues/venue.ts';
import { fuzzSplits } from '../support/fuzz/splits.ts';
import { constantProductPool, token } from '../support/synthetic-market.ts';

const [WETH, USD, DAI] = [token(1), token(2), token(3)];

const reserve = fc.bigInt({ min: 10n ** 9n, max: 10n ** 27n });
const pairOf = (n: number, tokens: readonly [Address, Address], reserves: readonly [bigint, bigint]) =>
  new UniswapV2Pool(
    { venue: 'uniswap-v2', address: token(0x9000 + n), tokens, executor: token(9) },
    reserves,
  );

/** Two to four pools between WETH and USD around the same price, and a way over DAI. */
const markets = fc
  .array(fc.tuple(reserve, fc.integer({ min: 900, max: 1_100 })), { minLength: 2, maxLength: 4 })
  .map((depths) => [
    ...depths.map(([depth, price], n) => pairOf(n, [WETH, USD], [depth, (depth * BigInt(price)) / 1_000n])),
    pairOf(10, [WETH, DAI], [10n ** 24n, 10n ** 24n]),
    pairOf(11, [USD, DAI], [10n ** 24n, 10n ** 24n]),
  ]);

const order = (side: Order['side'], amount: bigint): Order => ({
  ...{ side, amount: Number(amount), isNested: false },
});
const exchangesFor = (one: Order, pools: readonly Pool[]): readonly Exchange[] =>
  liquidityOf(WETH, pools, []).market(WETH, USD).exchanges(one);
const amount = fc.bigInt({ min: 10n ** 6n, max: 10n ** 25n });

/** Better is more. */
const worthOf = (side: Order['side'], exchange: Exchange, traded: bigint): bigint | undefined => {
  const trade = exchange.trade(traded);
  return trade && (side === 'sell' ? trade.amountOut : -trade.amountIn);
};

const singleRoutes = (pools: readonly Pool[], side: Order['side'], traded: bigint) =>
  pools
    .filter(({ tokens }) => tokens[1] === USD)
    .flatMap((pool) => {
      const quote = side === 'sell' ? pool.quoteExactIn(WETH, traded) : pool.quoteExactOut(USD, traded);
      return quote === undefined ? [] : [side === 'sell' ? quote.amountOut : -quote.amountIn];
    })
    .sort((a, b) => (a > b ? -1 : 1));

describe.each(['sell', 'buy'] as const)('%s', (side) => {
  test('the best market found is never worse than the best single pool', () => {
    fc.assert(
      fc.property(markets, amount, (pools, traded) => {
        const [best] = singleRoutes(pools, side, traded);
        const found = exchangesFor(order(side, traded), pools)
          .flatMap((exchange) => worthOf(side, exchange, traded) ?? [])
          .sort((a, b) => (a > b ? -1 : 1));
        if (best !== undefined) expect(found[0]).toBeGreaterThanOrEqual(best);
      }),
      { numRuns: 200 },
    );
  });

  test('no amount moved from one pool to another makes the split better', () => {
    fc.assert(
      fc.property(markets, amount, fc.integer({ min: 1, max: 50 }), (pools, traded, permille) => {
        const split = exchangesFor(order(side, traded), pools).at(-1);
        const trade = split?.trade(traded);
        const direct = trade?.legs.filter(({ pool }) => pool.tokens[1] === USD) ?? [];
        const [from, to] = [direct[0], direct[1]];
        if (from === undefined || to === undefined) return;
        const part = (leg: typeof from) => (side === 'sell' ? leg.amountIn : leg.amountOut);
        const value = (leg: typeof from, size: bigint) => {
          const quote =
            side === 'sell' ? leg.pool.quoteExactIn(WETH, size) : leg.pool.quoteExactOut(USD, size);
          return quote === undefined ? -(10n ** 40n) : side === 'sell' ? quote.amountOut : -quote.amountIn;
        };
        const moved = (part(from) * BigInt(permille)) / 1_000n;
        const before = value(from, part(from)) + value(to, part(to));
        const after = value(from, part(from) - moved) + value(to, part(to) + moved);
        // Two roundings, and a price that is level to a ten-millionth.
        const slack = 2n + (before < 0n ? -before : before) / 10n ** 9n;
        expect(after).toBeLessThanOrEqual(before + slack);
      }),
      { numRuns: 200 },
    );
  });
});

test('two equal pools share equally, and a hub carries its part', () => {
  const deep = 10_000n * 10n ** 18n;
  const pools = [1, 2].map((n) => constantProductPool(n, [WETH, USD], [deep, 4_000n * deep]));
  const together = exchangesFor(order('sell', deep / 10n), pools).at(-1);
  expect(together?.trade(deep / 10n)?.legs.map(({ amountIn }) => amountIn)).toEqual([deep / 20n, deep / 20n]);

  const hub = [
    constantProductPool(3, [WETH, DAI], [deep, 4_000n * deep]),
    constantProductPool(4, [USD, DAI], [4_000_000n * deep, 4_000_000n * deep]),
  ];
  const wide = exchangesFor(order('sell', deep / 10n), [...pools, ...hub]).at(-1);
  const legs = wide?.trade(deep / 10n)?.legs ?? [];
  expect(legs.map(({ pool }) => pool.id).sort()).toEqual([...pools, ...hub].map(({ id }) => id).sort());
});

test('a pool in use is left alone, and a contract is entered once where swaps are nested', () => {
  const deep = 10n ** 24n;
  const pools = [1, 2, 3].map((n) => constantProductPool(n, [WETH, USD], [deep, deep]));
  const one = [...pools.slice(0, 2)].map((pool) => ({ ...pool, address: token(77) }));
  const nested = { ...order('sell', deep / 10n), isNested: true };
  for (const { pools: used } of exchangesFor(nested, [...one, ...pools.slice(2)]))
    expect(used.filter(({ address }) => address === token(77)).length).toBeLessThanOrEqual(1);
  const [beside] = exchangesFor(nested, pools);
  expect(beside?.pools).toHaveLength(1);
  for (const { pools: used } of exchangesFor({ ...nested, beside }, pools))
    expect(used.some(({ id }) => beside?.poolIds.has(id))).toBe(false);
});

test('splits over the real pools of three venues, through the real executor, to the wei', async () => {
  const report: string[] = [];
  const { mismatches } = await fuzzSplits({ cases: 40, seed: 7, report: (line) => report.push(line) });
  expect(report).toEqual([]);
  expect(mismatches).toBe(0);
});
