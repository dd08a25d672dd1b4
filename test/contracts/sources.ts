import { MaxUint256, toQuantity, ZeroAddress } from 'ethers';
import type { Call } from '../../lib/call.ts';
import { balancerV2Flash } from '../../lib/flash/balancer-v2.ts';
import { erc3156Flash } from '../../lib/flash/erc3156.ts';
import type { FlashSource } from '../../lib/flash/source.ts';
import type { Address } from '../../lib/hex.ts';
import { uniswapV3 } from '../../lib/venues/uniswap-v3/index.ts';
import { UniswapV3Pool } from '../../lib/venues/uniswap-v3/pool.ts';
import { uniswapV4 } from '../../lib/venues/uniswap-v4/index.ts';
import type { Pool } from '../../lib/venues/venue.ts';
import {
  addPosition,
  createPool,
  deployManager,
  type UniswapV4Market,
} from '../support/venues/uniswap-v4.ts';
import { liquidation } from './calls.ts';
import { allow, DEBT, USDC, type World } from './world.ts';

/** The liquidation of `DEBT`, by a V4 pool of two ERC-20 tokens and by one of ether, and by two more lenders. */
export interface Sources {
  readonly tokenPool: Call;
  readonly etherPool: Call;
  readonly balancerLoan: Call;
  readonly erc3156Loan: Call;
}

export async function openSources(world: World): Promise<Sources> {
  const { usdc, weth, executor } = world;
  const twin = await v3PoolOf(world);
  const isWethFirst = BigInt(weth.address) < BigInt(usdc.address);
  const { sqrtPriceX96 } = twin.curve;
  const etherPrice = isWethFirst ? sqrtPriceX96 : (1n << 192n) / sqrtPriceX96;
  const tokens = isWethFirst ? ([weth, usdc] as const) : ([usdc, weth] as const);
  const tokenPool = await openPool(world, tokens, twin, sqrtPriceX96);
  const etherPool = await openPool(world, [{ address: ZeroAddress }, usdc], twin, etherPrice);
  const flashSwap = (pool: Pool) => pool.encodeExactOut(usdc.address, DEBT, [liquidation(world)]);
  const lent = { executor: executor.address };
  const vault = await openLender(world, 'FakeBalancerVault', 'flashLoan(address,address[],uint256[],bytes)');
  const lender = await openLender(world, 'FakeErc3156Lender', 'flashLoan(address,address,uint256,bytes)');
  return {
    ...{ tokenPool: flashSwap(tokenPool), etherPool: flashSwap(etherPool) },
    balancerLoan: await loanOf(world, balancerV2Flash({ ...lent, vault }), twin),
    erc3156Loan: await loanOf(world, erc3156Flash({ ...lent, lender, id: 'erc-3156' }), twin),
  };
}

const TERMS = { fee: 500, tickSpacing: 10, protocolFees: [0, 0] } as const;

async function openPool(
  world: World,
  tokens: UniswapV4Market['tokens'],
  { curve }: UniswapV3Pool,
  sqrtPriceX96: bigint,
): Promise<Pool> {
  const { evm, usdc, weth, executor } = world;
  const market = { ...(await deployManager(evm)), tokens };
  const [router, poolManager] = [market.liquidityRouter.address, market.manager.address];
  for (const token of [usdc, weth]) await evm.run(token, 'approve', [router, MaxUint256]);
  await evm.rpc('anvil_setBalance', [router, toQuantity(10n ** 23n)]);
  await createPool(market, TERMS, sqrtPriceX96);
  await addPosition(market, TERMS, { tickLower: -887_270, tickUpper: 887_270 }, curve.liquidity / 4n);
  await evm.mine();
  await allow(
    world,
    { target: poolManager, function: 'unlock(bytes)' },
    {
      target: poolManager,
      function: 'swap((address,address,uint24,int24,address),(bool,int256,uint160),bytes)',
    },
    { target: poolManager, function: 'take(address,address,uint256)', selfWords: 0b10n },
  );
  const venue = uniswapV4({ poolManager, executor: executor.address, weth: weth.address });
  return only(await venue.read(evm.chain, [weth.address, usdc.address], await evm.blockNumber()));
}

async function openLender(world: World, name: string, signature: string): Promise<Address> {
  const { address } = await world.evm.deploy(world.contracts.get(name));
  await world.evm.run(world.usdc, 'mint', [address, 1_000_000n * USDC]);
  await allow(world, { target: address, function: signature, selfWords: 1n });
  return address;
}

async function loanOf(world: World, source: FlashSource, pool: Pool): Promise<Call> {
  const { evm, usdc } = world;
  const line = only(await source.read(evm.chain, [usdc.address], await evm.blockNumber()));
  const buyBack = pool.encodeExactOut(usdc.address, DEBT + line.fee(DEBT), []);
  return line.encode(DEBT, [liquidation(world), buyBack]);
}

async function v3PoolOf({ evm, uniswap, executor, weth, usdc }: World): Promise<UniswapV3Pool> {
  const venue = uniswapV3({ factory: uniswap.factory.address, executor: executor.address });
  const pool = only(await venue.read(evm.chain, [weth.address, usdc.address], await evm.blockNumber()));
  if (pool instanceof UniswapV3Pool) return pool;
  throw new Error('The V3 venue reads V3 pools.');
}

function only<T>(all: readonly T[]): T {
  const [one] = all;
  if (one === undefined || all.length > 1) throw new Error(`One was expected, not ${all.length}.`);
  return one;
}
