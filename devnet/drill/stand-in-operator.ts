import { hexlify, randomBytes, toQuantity } from 'ethers';
import { keyOperator, type Operator } from '../../lib/adapters/operator.ts';
import { ContractError } from '../../lib/errors.ts';
import { executorInterface } from '../../lib/executor.ts';
import type { Address, Hex } from '../../lib/hex.ts';
import type { Rpc } from '../chain/rpc.ts';

/**
 * A key that nobody has seen before, and that this executor knows from now on: the node lets us be its owner. So no
 * key of worth is needed where one drills, nor is there one to be had from KMS.
 * @param rpc of an anvil, which mines a block. @throws ContractError where there is no executor of ours
 */
export async function standInOperator(rpc: Rpc, executor: Address): Promise<Operator> {
  const operator = keyOperator(hexlify(randomBytes(32)));
  const owner = await ownerOf(rpc, executor);
  await rpc('anvil_setBalance', [owner, toQuantity(10n ** 18n)]);
  await rpc('anvil_impersonateAccount', [owner]);
  const data = executorInterface.encodeFunctionData('setOperator', [operator.address, true]);
  await rpc('eth_sendTransaction', [{ from: owner, to: executor, data }]);
  await rpc('anvil_stopImpersonatingAccount', [owner]);
  await rpc('evm_mine');
  if ((await asked(rpc, executor, 'isOperator', [operator.address])) === true) return operator;
  throw new ContractError(`The executor ${executor} did not take an operator from its owner ${owner}.`);
}

async function ownerOf(rpc: Rpc, executor: Address): Promise<Address> {
  const owner = await asked(rpc, executor, 'OWNER');
  if (typeof owner === 'string') return owner;
  throw new ContractError(
    `${executor} is no executor of ours on this chain: check contracts.executor and the fork's block.`,
  );
}

async function asked(rpc: Rpc, to: Address, name: string, args: readonly unknown[] = []): Promise<unknown> {
  const data = executorInterface.encodeFunctionData(name, args);
  const returned: Hex = String(await rpc('eth_call', [{ to, data }, 'latest']));
  return returned === '0x' ? undefined : executorInterface.decodeFunctionResult(name, returned)[0];
}
