import { getAddress, id, toQuantity } from 'ethers';
import * as v from 'valibot';
import { artifact } from '../../devnet/chain/artifact.ts';
import { type Artifacts, compileOwn } from '../../devnet/chain/compile.ts';
import { deployExecutor } from '../../devnet/chain/executor.ts';
import { executorRules, type Rule } from '../../lib/bundle/rules.ts';
import { executorInterface } from '../../lib/executor.ts';
import type { Address } from '../../lib/hex.ts';
import { liquidationCallOf } from '../../lib/protocols/aave-v3/opportunity.ts';
import { uniswapV3 } from '../../lib/venues/uniswap-v3/index.ts';
import type { Pool } from '../../lib/venues/venue.ts';
import { type Deployed, type Evm, startEvm } from '../support/evm.ts';
import { deployUniswapV3, openPool, type UniswapV3 } from './uniswap-v3.ts';

/** An executor among real WETH9, a real Uniswap V3 pool at 2,000 USDC a WETH, and a lending pool of ours. */
export interface World {
  readonly evm: Evm;
  readonly contracts: Artifacts;
  readonly owner: Address;
  readonly operator: Address;
  readonly stranger: Address;
  readonly builder: Address;
  readonly weth: Deployed;
  readonly usdc: Deployed;
  readonly uniswap: UniswapV3;
  readonly pool: Address;
  readonly lendingPool: Deployed;
  readonly executor: Deployed;
}

export const WETH = 10n ** 18n;
export const USDC = 10n ** 6n;
export const BORROWER: Address = '0x00000000000000000000000000000000000B0770';
const BUILDER: Address = '0x00000000000000000000000000000000000B1D00';

export async function buildWorld(): Promise<World> {
  const [evm, contracts] = await Promise.all([startEvm(), compileOwn()]);
  const accounts = v.parse(v.array(v.string()), await evm.rpc('eth_accounts'));
  const [, owner = '', operator = '', stranger = ''] = accounts.map((account) => getAddress(account));
  const weth = await evm.deploy(artifact('canonical-weth', 'WETH9'));
  const usdc = await evm.deploy(contracts.get('TestToken'));
  const lendingPool = await evm.deploy(contracts.get('FakeLendingPool'));
  await fund(evm, { weth, usdc, lendingPool });
  const uniswap = await deployUniswapV3(evm, weth.address);
  const pool = await openPool(evm, uniswap, [
    { token: weth, amount: 10_000n * WETH },
    { token: usdc, amount: 20_000_000n * USDC },
  ]);
  const rules = plannedRules(lendingPool.address, pool);
  const address = await deployExecutor({
    rpc: evm.rpc,
    owner,
    weth: weth.address,
    operators: [operator],
    rules,
  });
  await evm.rpc('anvil_setCoinbase', [BUILDER]);
  const executor = { address, abi: executorInterface };
  return {
    evm,
    contracts,
    owner,
    operator,
    stranger,
    builder: BUILDER,
    weth,
    usdc,
    uniswap,
    pool,
    lendingPool,
    executor,
  };
}

/** $97,500 of debt against 51.1875 WETH: the collateral that it buys at 2,000, and 5 %. */
export const DEBT = 97_500n * USDC;
export const COLLATERAL = (51_1875n * WETH) / 10_000n;

async function fund(evm: Evm, { weth, usdc, lendingPool }: Pick<World, 'weth' | 'usdc' | 'lendingPool'>) {
  await wrap(evm, weth, 20_000n * WETH);
  await evm.run(usdc, 'mint', [evm.account, 100_000_000n * USDC]);
  await evm.run(usdc, 'mint', [lendingPool.address, 1_000_000n * USDC]);
  await evm.run(weth, 'transfer', [lendingPool.address, 1_000n * WETH]);
  await evm.run(lendingPool, 'open', [BORROWER, DEBT, COLLATERAL]);
}

async function wrap(evm: Evm, weth: Deployed, amount: bigint): Promise<void> {
  const transaction = { from: evm.account, to: weth.address, data: '0xd0e30db0', value: toQuantity(amount) };
  await evm.rpc('eth_sendTransaction', [transaction]);
  await evm.mine();
}

export interface Allowed {
  readonly target: Address;
  /** Signature of the function. */
  readonly function: string;
  readonly selfWords?: bigint;
}

/** What a deployment sets for plans with this lending pool and this pool. */
export const plannedRules = (lendingPool: Address, pool: Address): readonly Rule[] =>
  executorRules({
    liquidations: [liquidationCallOf(lendingPool)],
    aavePools: [lendingPool],
    uniswapV3Pools: [pool],
  });

/** The world's only pool, as the planner sees it now. */
export async function tradingPool({ evm, uniswap, executor, weth, usdc }: World): Promise<Pool> {
  const venue = uniswapV3({ factory: uniswap.factory.address, executor: executor.address });
  const [pool] = await venue.read(evm.chain, [weth.address, usdc.address], await evm.blockNumber());
  if (pool === undefined) throw new Error('This world has a V3 pool.');
  return pool;
}

/** Rules beyond `plannedRules`. */
export async function allow(world: World, ...allowed: readonly Allowed[]): Promise<void> {
  const rules = allowed.map(({ target, function: signature, selfWords = 0n }) => [
    target,
    id(signature).slice(0, 10),
    true,
    selfWords,
  ]);
  const data = executorInterface.encodeFunctionData('setRules', [rules]);
  const transaction = { from: world.owner, to: world.executor.address, data, gasPrice: '0x0' };
  await world.evm.rpc('eth_sendTransaction', [transaction]);
  await world.evm.rpc('evm_mine');
}

export async function balanceOf({ evm }: World, token: Deployed, account: Address): Promise<bigint> {
  const [balance] = await evm.call(token, 'balanceOf', [account]);
  return balance;
}

export async function etherOf({ evm }: World, account: Address): Promise<bigint> {
  return BigInt(v.parse(v.string(), await evm.rpc('eth_getBalance', [account, 'latest'])));
}

/** Runs it, then forgets all that it did to the chain. */
export async function isolated<T>({ evm }: World, run: () => Promise<T>): Promise<T> {
  const snapshot = await evm.rpc('evm_snapshot');
  try {
    return await run();
  } finally {
    await evm.rpc('evm_revert', [snapshot]);
  }
}
