import { toQuantity } from 'ethers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADDRESSES } from '../../lib/addresses.ts';
import type { Call } from '../../lib/call.ts';
import { morphoBlueFlash } from '../../lib/flash/morpho-blue.ts';
import type { CreditLine, FlashSource } from '../../lib/flash/source.ts';
import { uniswapV4Flash } from '../../lib/flash/uniswap-v4.ts';
import type { Address } from '../../lib/hex.ts';
import { uniswapV3 } from '../../lib/venues/uniswap-v3/index.ts';
import { liquidation } from '../contracts/calls.ts';
import { execute, item } from '../contracts/execute.ts';
import { allow, buildWorld, COLLATERAL, DEBT, isolated, WETH, type World } from '../contracts/world.ts';
import { deployManager } from '../support/venues/uniswap-v4.ts';

interface Lender {
  readonly id: string;
  /** Deploys it, lets the executor call it. */
  readonly open: (world: World) => Promise<{ readonly source: FlashSource; readonly address: Address }>;
}

// The manager is the real one; Morpho's stand-in is that of the executor's own tests.
describe.each<Lender>([
  { id: 'uniswap-v4', open: openUniswapV4 },
  { id: 'morpho-blue', open: openMorphoBlue },
])('$id', ({ open, id }) => {
  const LENT = 2n * DEBT;
  let world: World;
  let source: FlashSource;

  beforeAll(async () => {
    world = await buildWorld();
    const lender = await open(world);
    source = lender.source;
    await world.evm.run(world.usdc, 'mint', [lender.address, LENT]);
  });
  afterAll(() => world.evm.stop());

  const lines = async (): Promise<readonly CreditLine[]> =>
    source.read(world.evm.chain, [world.usdc.address, world.weth.address], await world.evm.blockNumber());

  async function line(): Promise<CreditLine> {
    const [only] = await lines();
    if (only === undefined) throw new Error('The lender of this test holds what it lends.');
    return only;
  }

  test('lends what it holds, for nothing', async () => {
    expect(await lines()).toMatchObject([{ source: id, token: world.usdc.address, available: LENT }]);
    expect((await line()).fee(10n ** 30n)).toBe(0n);
  });

  test('up to the last unit, no further', async () => {
    const { available, encode } = await line();
    const run = (amount: bigint) => isolated(world, () => execute(world, [item(encode(amount, []))]));
    expect(await run(available)).toMatchObject({ succeeded: true, failed: [] });
    expect((await run(available + 1n)).succeeded).toBe(false);
  });

  test('funds a liquidation whose collateral buys back the debt', async () => {
    const { evm, uniswap, executor, weth, usdc } = world;
    const venue = uniswapV3({ factory: uniswap.factory.address, executor: executor.address });
    const [pool] = await venue.read(evm.chain, [weth.address, usdc.address], await evm.blockNumber());
    const buyBack = pool?.encodeExactOut(usdc.address, DEBT, []);
    const price = pool?.quoteExactOut(usdc.address, DEBT)?.amountIn;
    if (buyBack === undefined || price === undefined) throw new Error('The V3 pool of this world is deep.');
    const loan = (await line()).encode(DEBT, [liquidation(world), buyBack]);
    const outcome = await isolated(world, () => execute(world, [item(loan)]));
    expect(outcome).toMatchObject({ failed: [], executed: { profitWei: COLLATERAL - price } });
  });
});

describe('uniswap-v4, the ether of its pools', () => {
  const LENT = 50n * WETH;
  let world: World;
  let line: CreditLine;

  beforeAll(async () => {
    world = await buildWorld();
    const { evm, weth, usdc, executor } = world;
    const { address: poolManager } = await openUniswapV4(world);
    await evm.run(weth, 'transfer', [poolManager, WETH]);
    await evm.rpc('anvil_setBalance', [poolManager, toQuantity(LENT)]);
    const ether = { weth: weth.address, multicall3: ADDRESSES.get(1)?.multicall3 ?? '' };
    const source = uniswapV4Flash({ poolManager, executor: executor.address, ether });
    const lines = await source.read(evm.chain, [usdc.address, weth.address], await evm.blockNumber());
    expect(lines).toHaveLength(1);
    if (lines[0]) line = lines[0];
  });
  afterAll(() => world.evm.stop());

  const run = (calls: readonly Call[]) =>
    isolated(world, () => execute(world, [item(line.encode(line.available, calls))]));

  test('is lent as WETH, for nothing, where there is more of it', async () => {
    expect(line).toMatchObject({ source: 'uniswap-v4', token: world.weth.address, available: LENT });
    expect(line.fee(10n ** 30n)).toBe(0n);
  });

  test('up to the last wei, no further', async () => {
    expect(await run([])).toMatchObject({ succeeded: true, failed: [], executed: { profitWei: 0n } });
    const more = item(line.encode(LENT + 1n, []));
    expect((await isolated(world, () => execute(world, [more]))).succeeded).toBe(false);
  });

  test('is here as WETH while the loan runs: all of it can be sold, and bought back', async () => {
    const { weth, usdc, executor, evm, uniswap } = world;
    const venue = uniswapV3({ factory: uniswap.factory.address, executor: executor.address });
    const [pool] = await venue.read(evm.chain, [weth.address, usdc.address], await evm.blockNumber());
    if (pool === undefined) throw new Error('The V3 pool of this world is deep.');
    const there = pool.encodeExactIn(weth.address, LENT);
    const back = pool.encodeExactOut(weth.address, LENT, []);
    await isolated(world, async () => {
      await evm.run(usdc, 'mint', [executor.address, DEBT]);
      const loan = line.encode(LENT, [there, back]);
      expect(await execute(world, [item(loan)])).toMatchObject({ failed: [], executed: { profitWei: 0n } });
    });
    // Without the second swap there is nothing to pay it back with.
    expect((await run([there])).error).toMatch(/^NothingLiquidated/);
  });
});

async function openUniswapV4(world: World) {
  const { manager } = await deployManager(world.evm);
  await allow(
    world,
    { target: manager.address, function: 'unlock(bytes)' },
    { target: manager.address, function: 'take(address,address,uint256)', selfWords: 2n },
  );
  const { address: executor } = world.executor;
  return { source: uniswapV4Flash({ poolManager: manager.address, executor }), address: manager.address };
}

async function openMorphoBlue(world: World) {
  const { address } = await world.evm.deploy(world.contracts.get('FakeMorpho'));
  await allow(world, { target: address, function: 'flashLoan(address,uint256,bytes)' });
  return { source: morphoBlueFlash(address), address };
}
