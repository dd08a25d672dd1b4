import { Interface } from 'ethers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { artifact } from '../../../devnet/chain/artifact.ts';
import type { Address, Call } from '../../../lib/domain.ts';
import { uniswapV2 } from '../../../lib/venues/uniswap-v2/index.ts';
import type { Pool, SwapQuote } from '../../../lib/venues/venue.ts';
import { liquidation } from '../../contracts/calls.ts';
import { execute, item } from '../../contracts/execute.ts';
import {
  allow,
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
let factory: Address;

beforeAll(async () => {
  world = await buildWorld();
  factory = await openPair();
});
afterAll(() => world.evm.stop());

/** The executor's world has a V3 pool; here is a real V2 pair at the same price beside it. */
async function openPair(): Promise<Address> {
  const { evm, weth, usdc } = world;
  const v2 = await evm.deploy(artifact('@uniswap/v2-core', 'UniswapV2Factory'), [evm.account]);
  await evm.run(v2, 'createPair', [weth.address, usdc.address]);
  const [address] = await evm.call(v2, 'getPair', [weth.address, usdc.address]);
  const pair = { address, abi: new Interface(artifact('@uniswap/v2-core', 'UniswapV2Pair').abi) };
  await evm.run(weth, 'transfer', [address, 5_000n * WETH]);
  await evm.run(usdc, 'mint', [address, 10_000_000n * USDC]);
  await evm.run(pair, 'mint', [evm.account]);
  await allow(world, { target: address, function: 'swap(uint256,uint256,address,bytes)', selfWords: 4n });
  return v2.address;
}

async function readPool(): Promise<Pool> {
  const { evm, executor, weth, usdc } = world;
  const venue = uniswapV2({ factory, executor: executor.address });
  const [pool] = await venue.read(evm.chain, [weth.address, usdc.address], await evm.blockNumber());
  if (pool === undefined) throw new Error('The pair of this test was not found.');
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
    return { gainedWei: outcome.executed?.profitWei, left };
  });
}

function demand(quote: SwapQuote | undefined): SwapQuote {
  if (quote === undefined) throw new Error('The pair of this test is deep enough for every trade in it.');
  return quote;
}

test('sells exactly what it says', async () => {
  const usdc = world.usdc.address;
  const { gainedWei, left } = await run(5_000n * USDC, (pool) => [pool.encodeExactIn(usdc, 1_234_567_891n)]);
  expect(gainedWei).toBe(demand((await readPool()).quoteExactIn(usdc, 1_234_567_891n)).amountOut);
  expect(left).toBe(5_000n * USDC - 1_234_567_891n);
});

test('sells whatever the executor holds, for what was expected of it', async () => {
  const usdc = world.usdc.address;
  const { gainedWei, left } = await run(7_654_321n, (pool) => [pool.encodeSellBalance(usdc, 7_654_300n)]);
  expect(gainedWei).toBe(demand((await readPool()).quoteExactIn(usdc, 7_654_300n)).amountOut);
  expect(left).toBe(0n);
});

test('buys exactly what it says', async () => {
  const weth = world.weth.address;
  const { gainedWei, left } = await run(5_000n * USDC, (pool) => [pool.encodeExactOut(weth, WETH, [])]);
  expect(gainedWei).toBe(WETH);
  expect(left).toBe(5_000n * USDC - demand((await readPool()).quoteExactOut(weth, WETH)).amountIn);
});

test('lends the debt and is paid in collateral: a flash-swap', async () => {
  const usdc = world.usdc.address;
  const { gainedWei } = await run(0n, (pool) => [pool.encodeExactOut(usdc, DEBT, [liquidation(world)])]);
  expect(gainedWei).toBe(COLLATERAL - demand((await readPool()).quoteExactOut(usdc, DEBT)).amountIn);
});

test('a marginal price is what the next little fetches', async () => {
  const pool = await readPool();
  const [weth, usdc] = [world.weth.address, world.usdc.address];
  expect(pool.marginalPriceX96(weth)).toBe((2_000n * USDC * 997n * 2n ** 96n) / (WETH * 1_000n));
  const little = WETH / 1_000n;
  const { amountOut } = demand(pool.quoteExactIn(weth, little));
  expect(Number((pool.marginalPriceX96(weth) * little) >> 96n) / Number(amountOut)).toBeCloseTo(1, 5);
  expect(pool.marginalPriceX96(usdc)).toBe((WETH * 997n * 2n ** 96n) / (2_000n * USDC * 1_000n));
});
