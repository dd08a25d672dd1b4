import { Interface } from 'ethers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { artifact } from '../../devnet/chain/artifact.ts';
import { balancerV2Flash } from '../../lib/flash/balancer-v2.ts';
import { erc3156Flash } from '../../lib/flash/erc3156.ts';
import type { CreditLine, FlashSource } from '../../lib/flash/source.ts';
import { uniswapV2Flash } from '../../lib/flash/uniswap-v2.ts';
import { uniswapV3 } from '../../lib/venues/uniswap-v3/index.ts';
import { liquidation } from '../contracts/calls.ts';
import { execute, item } from '../contracts/execute.ts';
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
} from '../contracts/world.ts';
import type { Deployed } from '../support/evm.ts';

interface Opened {
  readonly source: FlashSource;
  readonly contract: Deployed;
}

interface Lender {
  readonly id: string;
  /** Deploys it, gives it twice the debt to lend, lets the executor call it. */
  readonly open: (world: World) => Promise<Opened>;
  readonly available: bigint;
  readonly fee: (amount: bigint) => bigint;
  /** What the lender's own rounding may differ by. */
  readonly mostOver: bigint;
}

const LENT = 2n * DEBT;
const up = (amount: bigint, part: bigint, whole: bigint) => (amount * part + whole - 1n) / whole;

// The pair is the real one; the others are written from their published interfaces.
describe.each<Lender>([
  { id: 'balancer-v2', open: openBalancer, available: LENT, fee: (a) => up(a, 1n, 10_000n), mostOver: 0n },
  { id: 'plain-lender', open: openErc3156, available: LENT, fee: (a) => a / 1_000n, mostOver: 1n },
  {
    id: 'uniswap-v2',
    open: openUniswapV2,
    available: LENT - 1n,
    fee: (a) => up(a, 1_000n, 997n) - a,
    mostOver: 0n,
  },
])('$id', ({ id, open, available, fee, mostOver }) => {
  let world: World;
  let opened: Opened;

  beforeAll(async () => {
    world = await buildWorld();
    opened = await open(world);
  });
  afterAll(() => world?.evm.stop());

  const lines = async (): Promise<readonly CreditLine[]> =>
    opened.source.read(world.evm.chain, [world.usdc.address], await world.evm.blockNumber());

  async function line(): Promise<CreditLine> {
    const [only] = await lines();
    if (only === undefined) throw new Error('The lender of this test has what it lends.');
    return only;
  }

  test('says what it has, and what it takes for it', async () => {
    expect(await lines()).toMatchObject([
      { source: id, token: world.usdc.address, available, locks: opened.contract.address },
    ]);
    const { fee: priced } = await line();
    for (const amount of [1n, 999n, 1_000n, 1_001n, 12_345_678_901n, DEBT, available]) {
      expect(priced(amount) - fee(amount)).toBeGreaterThanOrEqual(0n);
      expect(priced(amount) - fee(amount)).toBeLessThanOrEqual(mostOver);
    }
  });

  test('lends up to the last unit, no further', async () => {
    const most = await line();
    await world.evm.run(world.usdc, 'mint', [world.executor.address, DEBT]);
    const run = (amount: bigint) => isolated(world, () => execute(world, [item(most.encode(amount, []))]));
    expect(await run(most.available)).toMatchObject({ succeeded: true, failed: [] });
    expect((await run(most.available + 1n)).succeeded).toBe(false);
  });

  test('costs its fee to the unit', async () => {
    await isolated(world, async () => {
      const { encode } = await line();
      const held = await balanceOf(world, world.usdc, world.executor.address);
      expect(await execute(world, [item(encode(DEBT, []))])).toMatchObject({ succeeded: true, failed: [] });
      expect(held - (await balanceOf(world, world.usdc, world.executor.address))).toBe(fee(DEBT));
    });
  });

  test('funds a liquidation whose collateral buys back debt and fee', async () => {
    const { evm, uniswap, executor, weth, usdc } = world;
    const venue = uniswapV3({ factory: uniswap.factory.address, executor: executor.address });
    const [pool] = await venue.read(evm.chain, [weth.address, usdc.address], await evm.blockNumber());
    const loan = await line();
    const owed = DEBT + loan.fee(DEBT);
    const buyBack = pool?.encodeExactOut(usdc.address, owed, []);
    const price = pool?.quoteExactOut(usdc.address, owed)?.amountIn;
    if (buyBack === undefined || price === undefined) throw new Error('The V3 pool of this world is deep.');
    const call = loan.encode(DEBT, [liquidation(world), buyBack]);
    const outcome = await isolated(world, () => execute(world, [item(call)]));
    expect(outcome).toMatchObject({ failed: [], executed: { profitWei: COLLATERAL - price } });
  });
});

describe('who does not lend has no line', () => {
  let world: World;
  beforeAll(async () => {
    world = await buildWorld();
  });
  afterAll(() => world?.evm.stop());

  const linesAfter = (open: Lender['open'], ...settings: readonly unknown[]) =>
    isolated(world, async () => {
      const { source, contract } = await open(world);
      if (settings.length > 0) await world.evm.run(contract, 'set', settings);
      return source.read(
        world.evm.chain,
        [world.usdc.address, world.weth.address],
        await world.evm.blockNumber(),
      );
    });

  test('a vault that is paused, or has none of the token', async () => {
    expect(await linesAfter(openBalancer, 0n, true)).toEqual([]);
    expect(await linesAfter(openBalancer, 0n, false)).toMatchObject([{ token: world.usdc.address }]);
  });

  test('a vault whose fee was set to nothing lends for nothing', async () => {
    const [line] = await linesAfter(openBalancer, 0n, false);
    expect(line?.fee(10n ** 30n)).toBe(0n);
  });

  test('a lender of EIP-3156 whose limit is zero, and one that refuses to name a fee', async () => {
    expect(await linesAfter(openErc3156, true, 0n)).toEqual([]);
    // It has no WETH: its limit is zero, and asked for the fee it reverts.
    expect(await linesAfter(openErc3156)).toMatchObject([{ token: world.usdc.address }]);
  });

  test('a lender whose fee is not in proportion', async () => {
    expect(await linesAfter(openErc3156, false, 10n * USDC)).toEqual([]);
    expect(await linesAfter(openErc3156, false, 2n)).toEqual([]);
  });
});

async function openBalancer(world: World): Promise<Opened> {
  const contract = await world.evm.deploy(world.contracts.get('FakeBalancerVault'));
  await world.evm.run(world.usdc, 'mint', [contract.address, LENT]);
  const signature = 'flashLoan(address,address[],uint256[],bytes)';
  await allow(world, { target: contract.address, function: signature, selfWords: 1n });
  const { address: executor } = world.executor;
  return { source: balancerV2Flash({ vault: contract.address, executor }), contract };
}

async function openErc3156(world: World): Promise<Opened> {
  const contract = await world.evm.deploy(world.contracts.get('FakeErc3156Lender'));
  await world.evm.run(world.usdc, 'mint', [contract.address, LENT]);
  const signature = 'flashLoan(address,address,uint256,bytes)';
  await allow(world, { target: contract.address, function: signature, selfWords: 1n });
  const { address: executor } = world.executor;
  return { source: erc3156Flash({ id: 'plain-lender', lender: contract.address, executor }), contract };
}

async function openUniswapV2({ evm, weth, usdc, executor, ...world }: World): Promise<Opened> {
  const factory = await evm.deploy(artifact('@uniswap/v2-core', 'UniswapV2Factory'), [evm.account]);
  await evm.run(factory, 'createPair', [weth.address, usdc.address]);
  const [address] = await evm.call(factory, 'getPair', [weth.address, usdc.address]);
  const pair = { address, abi: new Interface(artifact('@uniswap/v2-core', 'UniswapV2Pair').abi) };
  await evm.run(weth, 'transfer', [address, 100n * WETH]);
  await evm.run(usdc, 'mint', [address, LENT]);
  await evm.run(pair, 'mint', [evm.account]);
  const signature = 'swap(uint256,uint256,address,bytes)';
  await allow(
    { ...world, evm, weth, usdc, executor },
    { target: address, function: signature, selfWords: 4n },
  );
  const options = { factory: factory.address, executor: executor.address, weth: weth.address };
  return { source: uniswapV2Flash(options), contract: pair };
}
