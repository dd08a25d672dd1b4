import type { Interface } from 'ethers';
import type { AllowedCall } from '../call.ts';
import { ContractError } from '../errors.ts';
import type { Address } from '../hex.ts';

/** @param selfWords bit i: argument word i names who receives something, and must be the executor */
export function allowedCall(
  target: Address,
  contract: Interface,
  name: string,
  selfWords: bigint = 0n,
): AllowedCall {
  const fragment = contract.getFunction(name);
  if (fragment === null) throw new ContractError(`The ABI has no function ${name}: add it to abi.ts.`);
  return { target, selector: fragment.selector, selfWords };
}
