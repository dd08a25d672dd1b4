import { computeAddress } from 'ethers';
import { type Eip1559Transaction, signedTransaction, unsignedHash } from '../ethereum/eip1559.ts';
import type { Address, Hex } from '../hex.ts';
import { NativeSigningKey } from './signing-key.ts';

/** The key that pays for gas and may do nothing but call the executor. */
export interface Operator {
  readonly address: Address;
  /** EIP-1559 transaction, signed and serialised. */
  sign(transaction: Eip1559Transaction): Promise<Hex>;
}

/** @param privateKey 32 bytes; kept in memory only, never printed. */
export function keyOperator(privateKey: Hex): Operator {
  const key = new NativeSigningKey(privateKey);
  return {
    address: computeAddress(key),
    sign: async (transaction) => signedTransaction(transaction, key.sign(unsignedHash(transaction))),
  };
}
