import { keccak256, Transaction } from 'ethers';
import type { Address, Hex } from '../../lib/domain.ts';
import { min } from '../../lib/math/fixed-point.ts';

/** What a builder needs to know of a transaction before it runs. */
export interface SignedTransaction {
  readonly raw: Hex;
  readonly hash: Hex;
  readonly from: Address;
  /** Absent where a contract is created. */
  readonly to?: Address;
  readonly nonce: number;
  readonly gasLimit: bigint;
  readonly maxFeeWei: bigint;
  readonly maxPriorityFeeWei: bigint;
}

/** `undefined` for bytes that are no signed transaction. */
export function decodeTransaction(raw: Hex): SignedTransaction | undefined {
  const decoded = parse(raw);
  if (decoded?.from == null) return undefined;
  const maxFeeWei = decoded.maxFeePerGas ?? decoded.gasPrice ?? 0n;
  return {
    raw,
    hash: keccak256(raw),
    from: decoded.from,
    ...(decoded.to === null ? {} : { to: decoded.to }),
    nonce: decoded.nonce,
    gasLimit: decoded.gasLimit,
    maxFeeWei,
    maxPriorityFeeWei: decoded.maxPriorityFeePerGas ?? maxFeeWei,
  };
}

/** What the builder earns of one gas; negative where the base fee is not covered. */
export function effectiveTipWei(transaction: SignedTransaction, baseFeeWei: bigint): bigint {
  return min(transaction.maxFeeWei - baseFeeWei, transaction.maxPriorityFeeWei);
}

function parse(raw: Hex): Transaction | undefined {
  try {
    return Transaction.from(raw);
  } catch {
    return undefined;
  }
}
