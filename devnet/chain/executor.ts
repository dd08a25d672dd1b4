import { getAddress, Interface, toQuantity } from 'ethers';
import * as v from 'valibot';
import type { Rule } from '../../lib/bundle/rules.ts';
import { ContractError } from '../../lib/errors.ts';
import { executorInterface } from '../../lib/executor.ts';
import type { Address, Hex } from '../../lib/hex.ts';
import { compileOwn } from './compile.ts';
import type { Rpc } from './rpc.ts';

export interface ExecutorDeployment {
  readonly rpc: Rpc;
  /** Deploys it, owns it and receives its profit; an account that the node can sign for. */
  readonly owner: Address;
  readonly weth: Address;
  /** Whose keys may call `execute`. */
  readonly operators: readonly Address[];
  readonly rules: readonly Rule[];
}

/** contracts/LiquidationExecutor.sol, ready to be operated. Mines two blocks. */
export async function deployExecutor(deployment: ExecutorDeployment): Promise<Address> {
  const [created] = await mineAll(deployment, [{ data: await creationCode(deployment) }]);
  const executor = getAddress(v.parse(v.string(), created?.contractAddress));
  await mineAll(deployment, [
    ...deployment.operators.map((operator) => ownerCall(executor, 'setOperator', [operator, true])),
    ownerCall(executor, 'setRules', [deployment.rules]),
  ]);
  return executor;
}

async function creationCode({ owner, weth }: ExecutorDeployment): Promise<Hex> {
  const { abi, bytecode } = (await compileOwn()).get('LiquidationExecutor');
  return bytecode + new Interface(abi).encodeDeploy([owner, weth]).slice(2);
}

interface OwnerTransaction {
  readonly to?: Address;
  readonly data: Hex;
}

const ownerCall = (executor: Address, name: string, args: readonly unknown[]): OwnerTransaction => ({
  to: executor,
  data: executorInterface.encodeFunctionData(name, args),
});

async function mineAll(
  { rpc, owner }: ExecutorDeployment,
  transactions: readonly OwnerTransaction[],
): Promise<readonly v.InferOutput<typeof Receipt>[]> {
  const hashes: unknown[] = [];
  for (const transaction of transactions) {
    hashes.push(
      await rpc('eth_sendTransaction', [{ from: owner, gas: toQuantity(10_000_000), ...transaction }]),
    );
  }
  await rpc('evm_mine');
  return Promise.all(hashes.map((hash) => succeeded(rpc, hash)));
}

const Receipt = v.object({ status: v.string(), contractAddress: v.nullish(v.string()) });

async function succeeded(rpc: Rpc, hash: unknown): Promise<v.InferOutput<typeof Receipt>> {
  const receipt = v.parse(v.nullable(Receipt), await rpc('eth_getTransactionReceipt', [hash]));
  if (receipt?.status === '0x1') return receipt;
  throw new ContractError(
    `Deploying the executor failed in transaction ${hash}: check that the owner has ether and that no rule names the executor or WETH.`,
  );
}
