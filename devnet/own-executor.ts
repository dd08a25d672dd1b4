import { ZeroAddress } from 'ethers';
import { venuesOf } from '../functions/wiring/liquidity.ts';
import { connectChain } from '../lib/adapters/chain.ts';
import type { Rule } from '../lib/bundle/rules.ts';
import { parseNetworkConfig } from '../lib/config.ts';
import { ownerTransactions } from '../lib/deploy/owner-transactions.ts';
import { readRules } from '../lib/deploy/targets.ts';
import type { Address } from '../lib/hex.ts';
import type { Anvil } from './chain/anvil.ts';
import { deployExecutor } from './chain/executor.ts';
import { signTransaction } from './chain/sign.ts';
import type { World } from './chain/world.ts';
import { boxConfig } from './network-config.ts';

/** The searcher's own contract, allowed to call this world's protocols and pools. Mines two blocks. */
export async function deployOwnExecutor(anvil: Anvil, world: World): Promise<Address> {
  const { accounts, tokens } = world;
  const rules = await rulesOf(anvil, world);
  await anvil.rpc('anvil_autoImpersonateAccount', [true]);
  const executor = await deployExecutor({
    rpc: anvil.rpc,
    owner: accounts.searcherOwner.address,
    weth: tokens.WETH.address,
    operators: [accounts.searcherOperator.address],
    rules,
  });
  await anvil.rpc('anvil_autoImpersonateAccount', [false]);
  return executor;
}

/**
 * As a searcher does once the keys are there: the owner allows these operators, by what `deploy-executor` would send,
 * and gives them gas money. All of it is in the mempool then, for the next block.
 */
export async function appointOperators(
  { rpc }: Anvil,
  { chainId, accounts }: World,
  executor: Address,
  operators: readonly Address[],
): Promise<void> {
  const { searcherOwner } = accounts;
  const first = Number(await rpc('eth_getTransactionCount', [searcherOwner.address, 'latest']));
  const allowing = ownerTransactions({ executor, creation: undefined, operators, rules: [] }).map(
    ({ to, data }) => ({ to, data, value: 0n }),
  );
  const paying = operators.map((to) => ({ to, data: '0x', value: GAS_MONEY_WEI }));
  for (const [index, call] of [...allowing, ...paying].entries()) {
    const fields = { ...call, chainId, nonce: first + index, gasLimit: 100_000 };
    await rpc('eth_sendRawTransaction', [signTransaction(searcherOwner, fields).rawTransaction]);
  }
}

const GAS_MONEY_WEI = 10n ** 18n;

/** As for any network, from its configuration; a rule names no executor, so it need not be there yet. */
async function rulesOf({ url: rpcUrl }: Anvil, world: World): Promise<readonly Rule[]> {
  const network = parseNetworkConfig(boxConfig(world, ZeroAddress, 'http://127.0.0.1:1'), 'box');
  const { multicall3 } = network.contracts;
  const chain = connectChain({ rpcUrl, chainId: world.chainId, multicall3, timeoutMs: 60_000 });
  try {
    return await readRules(network, chain, venuesOf(network, ZeroAddress));
  } finally {
    chain.close();
  }
}
