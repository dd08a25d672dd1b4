import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Call } from '../../../lib/domain.ts';
import { uniswapV3 } from '../../../lib/venues/uniswap-v3/index.ts';
import type { Pool, SwapQuote } from '../../../lib/venues/venue.ts';
import { liquidation } from '../../contracts/calls.ts';
import { execute, item } from '../../contracts/execute.ts';
import {
  balanceOf,
  buildWorld,
  COLLATERAL,
  DEBT,
  isolated,
  USDC,
  WETH,
  type World,
} from '../../contracts/world.ts';

let world: World;

beforeAll(async () => {
  world = await buildWorld();
});
afterAll(() => world.evm.stop());

async function readPools(): Promise<readonly Pool[]> {
  const { evm, executor, uniswap, weth, usdc } = world;
  const venue = uniswapV3({ factory: uniswap.factory.address, executor: executor.address });
  return venue.read(evm.chain, [weth.address, usdc.address], await evm.blockNumber());
}

async function readPool(): Promise<Pool> {
  const [pool] = await readPools();
  if (pool === undefined) throw new Error('The pool of this test was not found.');
  return pool;
}

/** Runs `calls` in the real executor, which held `usdc` before; what it gained in WETH and has left in USDC. */
function run(usdc: bigint, calls: (pool: Pool) => readonly Call[]) {
  return isolated(world, async () => {
    const pool = await readPool();
    await world.evm.run(world.usdc, 'mint', [world.executor.address, usdc]);
    const outcome = await execute(world, [item(...calls(pool))]);
    expect(outcome.failed).toEqual([]);
    const left = await balanceOf(world, world.usdc, world.executor.address);
    return { gainedWei: outcome.executed?.profitWei, left, poolAfter: await readPool() };
  });
}

function demand(quote: SwapQuote | undefined): SwapQuote {
  if (quote === undefined) throw new Error('The pool of this test is deep enough for every trade in it.');
  return quote;
}

test('finds the one pool that exists among all fees', async () => {
  const pools = await readPools();
  expect(pools.map((pool) => pool.address)).toEqual([world.pool]);
  const [a, b] = [world.weth.address, world.usdc.address];
  expect(pools[0]?.tokens).toEqual(BigInt(a) < BigInt(b) ? [a, b] : [b, a]);
});

test('sells exactly what it says', async () => {
  const usdc = world.usdc.address;
  const sold = 1_234_567_891n;
  const { gainedWei, left, poolAfter } = await run(5_000n * USDC, (pool) => [pool.encodeExactIn(usdc, sold)]);
  const quote = demand((await readPool()).quoteExactIn(usdc, sold));
  expect(gainedWei).toBe(quote.amountOut);
  expect(left).toBe(5_000n * USDC - sold);
  expect(poolAfter.quoteExactIn(usdc, USDC)?.amountOut).toBe(
    quote.poolAfter.quoteExactIn(usdc, USDC)?.amountOut,
  );
});

test('sells whatever the executor holds when it runs', async () => {
  const usdc = world.usdc.address;
  const { gainedWei, left } = await run(7_654_321n, (pool) => [pool.encodeSellBalance(usdc, 7_000_000n)]);
  expect(gainedWei).toBe((await readPool()).quoteExactIn(usdc, 7_654_321n)?.amountOut);
  expect(left).toBe(0n);
});

test('buys exactly what it says', async () => {
  const { gainedWei, left } = await run(5_000n * USDC, (pool) => [
    pool.encodeExactOut(world.weth.address, WETH, []),
  ]);
  expect(gainedWei).toBe(WETH);
  expect(left).toBe(
    5_000n * USDC - demand((await readPool()).quoteExactOut(world.weth.address, WETH)).amountIn,
  );
});

test('lends the debt, is paid in collateral: a flash-swap of an exact output', async () => {
  const { gainedWei } = await run(0n, (pool) => [
    pool.encodeExactOut(world.usdc.address, DEBT, [liquidation(world)]),
  ]);
  const paid = demand((await readPool()).quoteExactOut(world.usdc.address, DEBT)).amountIn;
  expect(gainedWei).toBe(COLLATERAL - paid);
});

test('pays first, is paid after: a flash-swap of an exact input', async () => {
  const sold = COLLATERAL - WETH;
  const { gainedWei, left } = await run(0n, (pool) => [
    pool.encodeExactIn(world.weth.address, sold, [liquidation(world)]),
  ]);
  expect(gainedWei).toBe(WETH);
  expect(left).toBe(demand((await readPool()).quoteExactIn(world.weth.address, sold)).amountOut - DEBT);
});
