import { Interface } from 'ethers';
import { artifact } from '../../../devnet/chain/artifact.ts';
import { uniswapV2 } from '../../../lib/venues/uniswap-v2/index.ts';
import type { Venue } from '../../../lib/venues/venue.ts';
import { allow, USDC, WETH, type World } from '../../contracts/world.ts';
import { describeTrading } from '../../support/venues/trading.ts';

describeTrading('uniswap-v2', { open, balanceFetches: 'expected', balanceLeaves: 'nothing' });

async function open(world: World): Promise<Venue> {
  const { evm, weth, usdc, executor } = world;
  const factory = await evm.deploy(artifact('@uniswap/v2-core', 'UniswapV2Factory'), [evm.account]);
  await evm.run(factory, 'createPair', [weth.address, usdc.address]);
  const [address] = await evm.call(factory, 'getPair', [weth.address, usdc.address]);
  const pair = { address, abi: new Interface(artifact('@uniswap/v2-core', 'UniswapV2Pair').abi) };
  await evm.run(weth, 'transfer', [address, 5_000n * WETH]);
  await evm.run(usdc, 'mint', [address, 10_000_000n * USDC]);
  await evm.run(pair, 'mint', [evm.account]);
  await allow(world, { target: address, function: 'swap(uint256,uint256,address,bytes)', selfWords: 4n });
  return uniswapV2({ factory: factory.address, executor: executor.address });
}
