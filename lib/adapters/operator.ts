import { computeAddress, Transaction, type TransactionLike } from 'ethers';
import type { Address, Hex } from '../hex.ts';
import { NativeSigningKey } from './signing-key.ts';

/** The key that pays for gas and may do nothing but call the executor. */
export interface Operator {
  readonly address: Address;
  /** EIP-1559 transaction, signed and serialised. */
  sign(transaction: TransactionLike): Promise<Hex>;
}

/** @param privateKey 32 bytes; kept in memory only, never printed. */
export function keyOperator(privateKey: Hex): Operator {
  const key = new NativeSigningKey(privateKey);
  return {
    address: computeAddress(key),
    async sign(fields) {
      const transaction = Transaction.from(fields);
      transaction.signature = key.sign(transaction.unsignedHash);
      return transaction.serialized;
    },
  };
}
