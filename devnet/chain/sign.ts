import { keccak256, SigningKey, Transaction } from 'ethers';
import type { Address, Hex } from '../../lib/hex.ts';
import type { Account } from './accounts.ts';

export interface SignedTransaction {
  readonly rawTransaction: Hex;
  readonly hash: Hex;
}

export interface UnsignedTransaction {
  readonly chainId: number;
  readonly nonce: number;
  readonly to: Address;
  readonly data: Hex;
  readonly gasLimit: number;
  readonly value?: bigint;
}

const GWEI = 10n ** 9n;

/** An EIP-1559 transaction with fees that no base fee here outgrows. */
export function signTransaction(account: Account, fields: UnsignedTransaction): SignedTransaction {
  const fees = { maxPriorityFeePerGas: 2n * GWEI, maxFeePerGas: 500n * GWEI };
  const transaction = Transaction.from({ type: 2, ...fields, ...fees });
  transaction.signature = new SigningKey(account.privateKey).sign(transaction.unsignedHash);
  return { rawTransaction: transaction.serialized, hash: keccak256(transaction.serialized) };
}
