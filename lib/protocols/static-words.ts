import type { Interface } from 'ethers';
import type { ContractRead } from '../chain.ts';
import { ContractError } from '../errors.ts';
import { encodeView } from '../ethereum/view-codec.ts';
import type { Address, Hex } from '../hex.ts';

/** Reads of contracts whose views return static words alone. */
export interface StaticReads {
  /** A view of static words, each as an unsigned number, in order. */
  wordsRead(
    contract: Interface,
    target: Address,
    view: string,
    args?: readonly unknown[],
  ): ContractRead<readonly bigint[]>;
  /** A view of one word by its calldata, which for a getter is its selector. */
  wordRead(target: Address, data: Hex): ContractRead<bigint>;
}

/** @param kind what the contract is taken for, for the error of one that answers nothing */
export function staticReadsOf(kind: string): StaticReads {
  const words = (returned: Hex): readonly bigint[] => wordsOf(returned, kind);
  return {
    wordsRead: (contract, target, view, args = []) => ({
      ...{ target, data: encodeView(contract, view, args) },
      decode: words,
    }),
    wordRead: (target, data) => ({
      ...{ target, data },
      decode: (returned) => words(returned)[0] ?? 0n,
    }),
  };
}

/** An account without code returns nothing at all, which is no answer. */
function wordsOf(returned: Hex, kind: string): readonly bigint[] {
  const count = Math.floor((returned.length - 2) / 64);
  if (count === 0) throw new ContractError(`A view returned nothing: is this ${kind}?`);
  return Array.from({ length: count }, (_, index) =>
    BigInt(`0x${returned.slice(2 + 64 * index, 66 + 64 * index)}`),
  );
}
