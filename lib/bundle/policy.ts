import { dataLength } from 'ethers';
import type { Address } from '../domain.ts';
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

/** @returns why this transaction must not be signed, or `undefined` where nothing speaks against it. */
export function refusal(transaction: ExecutorTransaction, policy: SigningPolicy): string | undefined {
  const { chainId, to, data, gasLimit, maxFeePerGas, maxPriorityFeePerGas } = transaction;
  if (chainId !== policy.chainId) return `chain ${chainId} is not ${policy.chainId}`;
  if (to !== policy.executor) return `target ${to} is not the executor ${policy.executor}`;
  if (data.slice(0, 10) !== EXECUTE_SELECTOR) return `selector ${data.slice(0, 10)} is not execute`;
  if (dataLength(data) > MAX_CALLDATA_BYTES) return `calldata is larger than ${MAX_CALLDATA_BYTES} bytes`;
  if (gasLimit > TRANSACTION_GAS_CAP) return `gas limit ${gasLimit} is above ${TRANSACTION_GAS_CAP}`;
  if (maxPriorityFeePerGas > maxFeePerGas) return 'priority fee is above the fee ceiling';
  const worstCostWei = gasLimit * maxFeePerGas;
  if (worstCostWei > policy.maxGasCostWei) {
    return `gas may cost ${worstCostWei} wei, more than ${policy.maxGasCostWei}`;
  }
  return undefined;
}
