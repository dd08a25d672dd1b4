import { MaxUint256, toQuantity, ZeroAddress } from 'ethers';
import { uniswapV3 } from '../../../lib/venues/uniswap-v3/index.ts';
import { UniswapV3Pool } from '../../../lib/venues/uniswap-v3/pool.ts';
import { uniswapV4 } from '../../../lib/venues/uniswap-v4/index.ts';
import type { Venue } from '../../../lib/venues/venue.ts';
import { allow, USDC, type World } from '../../contracts/world.ts';
import { describeTrading } from '../../support/venues/trading.ts';
import {
  addPosition,
  createPool,
  deployManager,
  type UniswapV4Market,
} from '../../support/venues/uniswap-v4.ts';

describeTrading('uniswap-v4', { open, balanceFetches: 'expected', balanceLeaves: 'excess' });

describeTrading('uniswap-v4', {
  label: 'uniswap-v4, a pool of ether itself,',
  ...{ open: openEther, balanceFetches: 'expected', balanceLeaves: 'excess' },
});

const TERMS = { fee: 500, tickSpacing: 10, protocolFees: [100, 200] } as const;

async function open(world: World): Promise<Venue> {
  const { evm, weth, usdc, executor } = world;
  const tokens =
    BigInt(weth.address) < BigInt(usdc.address) ? ([weth, usdc] as const) : ([usdc, weth] as const);
  const market: UniswapV4Market = { ...(await deployManager(evm)), tokens };
  await evm.run(usdc, 'mint', [evm.account, 10_000_000n * USDC]);
  for (const token of tokens) await evm.run(token, 'approve', [market.liquidityRouter.address, MaxUint256]);
  const { sqrtPriceX96, liquidity } = (await twin(world)).curve;
  await createPool(market, TERMS, sqrtPriceX96);
  await addPosition(market, TERMS, { tickLower: -887_270, tickUpper: 887_270 }, liquidity / 4n);
  await evm.mine();
  await allowManager(world, market.manager.address);
  return uniswapV4({ poolManager: market.manager.address, executor: executor.address });
}

/** The same with ether in the place of WETH. */
async function openEther(world: World): Promise<Venue> {
  const { evm, weth, usdc, executor } = world;
  const manager = await deployManager(evm);
  const market: UniswapV4Market = { ...manager, tokens: [{ address: ZeroAddress }, usdc] };
  await evm.run(usdc, 'mint', [evm.account, 10_000_000n * USDC]);
  await evm.run(usdc, 'approve', [market.liquidityRouter.address, MaxUint256]);
  await evm.rpc('anvil_setBalance', [market.liquidityRouter.address, toQuantity(10n ** 23n)]);
  const { sqrtPriceX96, liquidity } = (await twin(world)).curve;
  const isWethFirst = BigInt(weth.address) < BigInt(usdc.address);
  await createPool(market, TERMS, isWethFirst ? sqrtPriceX96 : (1n << 192n) / sqrtPriceX96);
  await addPosition(market, TERMS, { tickLower: -887_270, tickUpper: 887_270 }, liquidity / 4n);
  await evm.mine();
  await allowManager(world, market.manager.address);
  const poolManager = market.manager.address;
  return uniswapV4({ poolManager, executor: executor.address, weth: weth.address });
}

/** The world's V3 pool: its price and depth are taken over. */
async function twin({ evm, uniswap, executor, weth, usdc }: World): Promise<UniswapV3Pool> {
  const v3 = uniswapV3({ factory: uniswap.factory.address, executor: executor.address });
  const [pool] = await v3.read(evm.chain, [weth.address, usdc.address], await evm.blockNumber());
  if (pool instanceof UniswapV3Pool) return pool;
  throw new Error('The V3 pool of this world was not found.');
}

async function allowManager(world: World, target: string): Promise<void> {
  await allow(
    world,
    { target, function: 'unlock(bytes)' },
    { target, function: 'swap((address,address,uint24,int24,address),(bool,int256,uint160),bytes)' },
    { target, function: 'take(address,address,uint256)', selfWords: 2n },
  );
}
