import { executorRules } from '../lib/bundle/rules.ts';
import type { Address } from '../lib/hex.ts';
import type { Anvil } from './chain/anvil.ts';
import { deployExecutor } from './chain/executor.ts';
import type { World } from './chain/world.ts';

/** The searcher's own contract, allowed to call this world's protocol and pools. Mines two blocks. */
export async function deployOwnExecutor(anvil: Anvil, world: World): Promise<Address> {
  const { accounts, tokens, aave, pools, pairs } = world;
  await anvil.rpc('anvil_autoImpersonateAccount', [true]);
  const executor = await deployExecutor({
    rpc: anvil.rpc,
    owner: accounts.searcherOwner.address,
    weth: tokens.WETH.address,
    operators: [accounts.searcherOperator.address],
    rules: executorRules({
      aavePools: [aave.pool],
      uniswapV3Pools: pools.map(({ address }) => address),
      uniswapV2Pairs: pairs.map(({ address }) => address),
      uniswapV4Managers: [world.uniswapV4.poolManager],
      morphos: [world.morphoBlue.morpho],
    }),
  });
  await anvil.rpc('anvil_autoImpersonateAccount', [false]);
  return executor;
}
