import { type TransactionLike, Wallet } from 'ethers';
import type { Address, Hex } from '../hex.ts';

/** The key that pays for gas and may do nothing but call the executor. */
export interface Operator {
  readonly address: Address;
  /** EIP-1559 transaction, signed and serialised. */
  sign(transaction: TransactionLike): Promise<Hex>;
}

/** @param privateKey 32 bytes; kept in memory only, never printed. */
export function keyOperator(privateKey: Hex): Operator {
  const wallet = new Wallet(privateKey);
  return {
    address: wallet.address,
    sign: (transaction) => wallet.signTransaction(transaction),
  };
}
