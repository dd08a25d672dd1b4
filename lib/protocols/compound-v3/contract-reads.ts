import { getAddress, type Interface } from 'ethers';
import type { ContractRead } from '../../chain.ts';
import { ContractError } from '../../errors.ts';
import type { Address, Hex } from '../../hex.ts';

/** A view of static words, each as an unsigned number, in order. */
export const wordsRead = (
  contract: Interface,
  target: Address,
  view: string,
  args: readonly unknown[] = [],
): ContractRead<readonly bigint[]> => ({
  target,
  data: contract.encodeFunctionData(view, args),
  decode: words,
});

/** The argument-less getter of this selector: one word. */
export const getterRead = (target: Address, selector: Hex): ContractRead<bigint> => ({
  target,
  data: selector,
  decode: (returned) => words(returned)[0] ?? 0n,
});

export const addressOf = (word: bigint): Address =>
  getAddress(`0x${BigInt.asUintN(160, word).toString(16).padStart(40, '0')}`);

/** An account without code returns nothing at all, which is no answer. */
function words(returned: Hex): readonly bigint[] {
  const count = Math.floor((returned.length - 2) / 64);
  if (count === 0) throw new ContractError('A view returned nothing: is this a Comet of Compound III?');
  return Array.from({ length: count }, (_, index) =>
    BigInt(`0x${returned.slice(2 + 64 * index, 66 + 64 * index)}`),
  );
}
