import { Interface, MaxUint256, ZeroAddress } from 'ethers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { artifact } from '../../devnet/chain/artifact.ts';
import type { Call } from '../../lib/call.ts';
import { encodeCalls, encodePairCallback, encodeSwapCallback } from '../../lib/executor.ts';
import { MAX_SQRT_RATIO, MIN_SQRT_RATIO } from '../../lib/venues/concentrated-liquidity/tick-math.ts';
import type { Deployed } from '../support/evm.ts';
import {
  addPosition,
  createPool,
  deployManager,
  type UniswapV4Market,
} from '../support/venues/uniswap-v4.ts';
import { liquidation, swap } from './calls.ts';
import { call, execute, item } from './execute.ts';
import { quoteExactOut } from './uniswap-v3.ts';
import { allow, balanceOf, buildWorld, COLLATERAL, DEBT, isolated, USDC, WETH, type World } from './world.ts';

let world: World;
let snapshot: unknown;

beforeAll(async () => {
  world = await buildWorld();
});
beforeEach(async () => {
  snapshot = await world.evm.rpc('evm_snapshot');
});
afterEach(() => world.evm.rpc('evm_revert', [snapshot]));
afterAll(() => world?.evm.stop());

/** A lender of ours with plenty to lend. */
async function lender(name: string): Promise<Deployed> {
  const { evm, contracts, usdc, weth } = world;
  const deployed = await evm.deploy(contracts.get(name));
  await evm.run(usdc, 'mint', [deployed.address, 1_000_000n * USDC]);
  await evm.run(weth, 'transfer', [deployed.address, 500n * WETH]);
  return deployed;
}

/** One call of `to` that calls back. */
const lending = (to: Deployed, name: string, args: readonly unknown[]): Call => ({
  target: to.address,
  data: to.abi.encodeFunctionData(name, args),
  callsBack: true,
});

/** Liquidates with borrowed USDC, then buys back what is owed. */
const liquidateAndBuyBack = (owed: bigint): readonly Call[] => [
  liquidation(world),
  swap(world, {
    tokenIn: world.weth.address,
    tokenOut: world.usdc.address,
    amount: -owed,
    data: encodeSwapCallback(world.weth.address, []),
  }),
];

/** Expects the liquidation to leave exactly this, the executor to be empty, the lender to be whole. */
async function expectProfit(loan: Call, profitWei: bigint): Promise<void> {
  const { weth, usdc, owner, executor } = world;
  const outcome = await execute(world, [item(loan)]);
  expect(outcome).toMatchObject({ succeeded: true, failed: [], executed: { profitWei, bidWei: 0n } });
  expect(await balanceOf(world, weth, owner)).toBe(profitWei);
  for (const token of [weth, usdc]) {
    expect(await balanceOf(world, token, executor.address)).toBe(0n);
    const [left] = await world.evm.call(token, 'allowance', [executor.address, loan.target]);
    expect(left).toBe(0n);
  }
}

const sorted = (a: Deployed, b: Deployed): readonly [Deployed, Deployed] =>
  BigInt(a.address) < BigInt(b.address) ? [a, b] : [b, a];

const priceOf = ({ evm, uniswap, weth, usdc }: World, amount: bigint): Promise<bigint> =>
  quoteExactOut(evm, uniswap, [weth, usdc], amount);

test('Uniswap V2 lends the debt and is paid in collateral', async () => {
  const { evm, weth, usdc, executor } = world;
  const factory = await evm.deploy(artifact('@uniswap/v2-core', 'UniswapV2Factory'), [evm.account]);
  await evm.run(factory, 'createPair', [weth.address, usdc.address]);
  const [address] = await evm.call(factory, 'getPair', [weth.address, usdc.address]);
  const pair = { address, abi: new Interface(artifact('@uniswap/v2-core', 'UniswapV2Pair').abi) };
  await evm.run(weth, 'transfer', [address, 5_000n * WETH]);
  await evm.run(usdc, 'transfer', [address, 10_000_000n * USDC]);
  await evm.run(pair, 'mint', [evm.account]);
  await allow(world, { target: address, function: 'swap(uint256,uint256,address,bytes)', selfWords: 4n });
  // x·y = k with 0.3 % off the input, rounded up.
  const amountIn = (5_000n * WETH * DEBT * 1_000n) / ((10_000_000n * USDC - DEBT) * 997n) + 1n;
  const out = BigInt(weth.address) < BigInt(usdc.address) ? [0n, DEBT] : [DEBT, 0n];
  const data = encodePairCallback(weth.address, amountIn, [liquidation(world)]);

  await expectProfit(lending(pair, 'swap', [...out, executor.address, data]), COLLATERAL - amountIn);
  // Anybody may have a pair call us.
  const uninvited = await call(world, pair, 'swap', [...out, executor.address, data], {
    from: world.stranger,
  });
  expect(uninvited.error).toBe(`UnexpectedCallback(${address})`);
});

describe('Uniswap V4', () => {
  const TERMS = { fee: 500, tickSpacing: 10, protocolFees: [0, 0] } as const;
  const WHOLE_RANGE = { tickLower: -887_270, tickUpper: 887_270 };
  let market: UniswapV4Market;

  /** The real manager, with a pool at the price of the V3 pool. */
  beforeEach(async () => {
    const { evm, weth, usdc } = world;
    const tokens = sorted(weth, usdc);
    market = { ...(await deployManager(evm)), tokens };
    for (const token of tokens) await evm.run(token, 'approve', [market.liquidityRouter.address, MaxUint256]);
    const sqrtPriceX96 = await priceOfV3Pool();
    await createPool(market, TERMS, sqrtPriceX96);
    await addPosition(market, TERMS, WHOLE_RANGE, (100_000n * WETH) / 1_000_000n);
    await evm.mine();
    await allow(
      world,
      { target: market.manager.address, function: 'unlock(bytes)' },
      { target: market.manager.address, function: 'take(address,address,uint256)', selfWords: 0b10n },
      {
        target: market.manager.address,
        function: 'swap((address,address,uint24,int24,address),(bool,int256,uint160),bytes)',
      },
    );
  });

  async function priceOfV3Pool(): Promise<bigint> {
    const abi = new Interface(artifact('@uniswap/v3-core', 'UniswapV3Pool').abi);
    const [sqrtPriceX96] = await world.evm.call({ address: world.pool, abi }, 'slot0', []);
    return sqrtPriceX96;
  }

  const within = (name: string, args: readonly unknown[]): Call => ({
    target: market.manager.address,
    data: market.manager.abi.encodeFunctionData(name, args),
  });

  test('lends within one unlock', async () => {
    const { usdc, executor } = world;
    const take = within('take', [usdc.address, executor.address, DEBT]);
    const data = encodeSwapCallback(usdc.address, [take, ...liquidateAndBuyBack(DEBT)]);

    const price = await priceOf(world, DEBT);
    await expectProfit(lending(market.manager, 'unlock', [data]), COLLATERAL - price);
  });

  test('swaps first and is paid in the end', async () => {
    const { weth, usdc, executor } = world;
    const zeroForOne = market.tokens[0] === weth;
    const key = [...market.tokens.map(({ address }) => address), TERMS.fee, TERMS.tickSpacing, ZeroAddress];
    const limit = zeroForOne ? MIN_SQRT_RATIO + 1n : MAX_SQRT_RATIO - 1n;
    const inner = [
      within('swap', [key, [zeroForOne, DEBT, limit], '0x']),
      within('take', [usdc.address, executor.address, DEBT]),
      liquidation(world),
    ];
    const unlock = lending(market.manager, 'unlock', [encodeSwapCallback(weth.address, inner)]);
    const before = await balanceOf(world, weth, market.manager.address);
    const paid = await isolated(world, async () => {
      await execute(world, [item(unlock)]);
      return (await balanceOf(world, weth, market.manager.address)) - before;
    });

    expect(paid).toBeGreaterThan(48n * WETH);
    await expectProfit(unlock, COLLATERAL - paid);
  });
});

test('Morpho lends for nothing', async () => {
  const morpho = await lender('FakeMorpho');
  await allow(world, { target: morpho.address, function: 'flashLoan(address,uint256,bytes)' });
  const data = encodeSwapCallback(world.usdc.address, liquidateAndBuyBack(DEBT));

  const price = await priceOf(world, DEBT);
  await expectProfit(lending(morpho, 'flashLoan', [world.usdc.address, DEBT, data]), COLLATERAL - price);
});

test('Morpho hands over the collateral before it wants the debt', async () => {
  const { weth, usdc } = world;
  const morpho = await lender('FakeMorpho');
  await allow(world, {
    target: morpho.address,
    function: 'liquidate((address,address,address,address,uint256),address,uint256,uint256,bytes)',
  });
  const seized = 11n * WETH;
  const market = [weth.address, weth.address, weth.address, weth.address, 0n];
  const ownLoan = encodeSwapCallback(weth.address, []);

  const liquidate = lending(morpho, 'liquidate', [market, usdc.address, seized, 0n, ownLoan]);
  await expectProfit(liquidate, WETH);
});

test('Balancer V2 lends several tokens, each with its fee', async () => {
  const { weth, usdc, executor } = world;
  const vault = await lender('FakeBalancerVault');
  await allow(world, {
    target: vault.address,
    function: 'flashLoan(address,address[],uint256[],bytes)',
    selfWords: 1n,
  });
  const fee = (amount: bigint) => (amount + 9_999n) / 10_000n;
  const inner = encodeCalls(liquidateAndBuyBack(DEBT + fee(DEBT)));
  const args = [executor.address, [weth.address, usdc.address], [WETH, DEBT], inner];

  const price = await priceOf(world, DEBT + fee(DEBT));
  await expectProfit(lending(vault, 'flashLoan', args), COLLATERAL - price - fee(WETH));
  const uninvited = await call(world, vault, 'flashLoan', args, { from: world.stranger });
  expect(uninvited.error).toBe(`UnexpectedCallback(${vault.address})`);
});

test('an ERC-3156 lender pulls amount and fee', async () => {
  const { usdc, executor } = world;
  const erc3156 = await lender('FakeErc3156Lender');
  const loan = {
    target: erc3156.address,
    function: 'flashLoan(address,address,uint256,bytes)',
    selfWords: 1n,
  };
  await allow(world, loan);
  const owed = DEBT + DEBT / 1_000n;
  const args = [executor.address, usdc.address, DEBT, encodeCalls(liquidateAndBuyBack(owed))];

  const price = await priceOf(world, owed);
  await expectProfit(lending(erc3156, 'flashLoan', args), COLLATERAL - price);
  const uninvited = await call(world, erc3156, 'flashLoan', args, { from: world.stranger });
  expect(uninvited.error).toBe(`UnexpectedCallback(${erc3156.address})`);
});
