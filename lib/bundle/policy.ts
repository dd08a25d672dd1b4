import { dataLength } from 'ethers';
import type { Address, Skip } from '../domain.ts';
import { executorInterface } from '../executor.ts';
import { type ExecutorTransaction, TRANSACTION_GAS_CAP } from './build.ts';

/** What the operator's key may be used for. Anything not stated here is refused. */
export interface SigningPolicy {
  readonly chainId: number;
  readonly executor: Address;
  readonly maxGasCostWei: bigint;
}

const EXECUTE_SELECTOR = executorInterface.getFunction('execute')?.selector;
const MAX_CALLDATA_BYTES = 128 * 1024;

/** Why this transaction must not be signed; `undefined` where nothing speaks against it. */
export function refusal(transaction: ExecutorTransaction, policy: SigningPolicy): Skip | undefined {
  const refused = CHECKS.map((check) => check(transaction, policy)).find((reason) => reason !== undefined);
  return refused === undefined ? undefined : { reason: 'refusedByPolicy', numbers: { refused } };
}

type Check = (transaction: ExecutorTransaction, policy: SigningPolicy) => string | undefined;

const CHECKS: readonly Check[] = [
  ({ chainId }, policy) =>
    chainId === policy.chainId ? undefined : `chain ${chainId} is not ${policy.chainId}`,
  ({ to }, { executor }) => (to === executor ? undefined : `target ${to} is not the executor ${executor}`),
  ({ data }) =>
    data.slice(0, 10) === EXECUTE_SELECTOR ? undefined : `selector ${data.slice(0, 10)} is not execute`,
  ({ data }) =>
    dataLength(data) <= MAX_CALLDATA_BYTES ? undefined : `calldata is over ${MAX_CALLDATA_BYTES} bytes`,
  ({ gasLimit }) =>
    gasLimit <= TRANSACTION_GAS_CAP ? undefined : `gas limit ${gasLimit} is over EIP-7825's cap`,
  ({ maxFeePerGas, maxPriorityFeePerGas }) =>
    maxPriorityFeePerGas <= maxFeePerGas ? undefined : 'priority fee is over the fee ceiling',
  ({ gasLimit, maxFeePerGas }, { maxGasCostWei }) =>
    gasLimit * maxFeePerGas <= maxGasCostWei
      ? undefined
      : `gas may cost ${gasLimit * maxFeePerGas} wei, more than ${maxGasCostWei}`,
];
