import { getBytes, keccak256, Transaction } from 'ethers';
import type { Address, Hex } from '../../lib/hex.ts';
import { max, min } from '../../lib/math/fixed-point.ts';

/** What a builder needs to know of a transaction before it runs. */
export interface SignedTransaction {
  readonly raw: Hex;
  readonly hash: Hex;
  readonly from: Address;
  /** Absent where a contract is created. */
  readonly to?: Address;
  readonly nonce: number;
  readonly gasLimit: bigint;
  /** Least gas limit with which it may be in a block. */
  readonly intrinsicGas: bigint;
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
    intrinsicGas: intrinsicGas(decoded),
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

/** EIP-2028 and 7623 (data), 2930 (access list), 3860 (creation), 7702 (authorizations). */
function intrinsicGas({ data, to, accessList, authorizationList }: Transaction): bigint {
  const bytes = getBytes(data);
  const zeros = bytes.filter((byte) => byte === 0).length;
  const tokens = BigInt(zeros + 4 * (bytes.length - zeros));
  const creation = to === null ? 32_000n + 2n * BigInt(Math.ceil(bytes.length / 32)) : 0n;
  const slots = (accessList ?? []).reduce((sum, { storageKeys }) => sum + storageKeys.length, 0);
  const access = 2_400n * BigInt(accessList?.length ?? 0) + 1_900n * BigInt(slots);
  const authorizations = 25_000n * BigInt(authorizationList?.length ?? 0);
  return 21_000n + max(4n * tokens + creation + access + authorizations, 10n * tokens);
}
