import { createECDH } from 'node:crypto';
import { computeAddress, SigningKey, Transaction, type TransactionLike } from 'ethers';
import type { Address, Hex } from '../hex.ts';

/** The key that pays for gas and may do nothing but call the executor. */
export interface Operator {
  readonly address: Address;
  /** EIP-1559 transaction, signed and serialised. */
  sign(transaction: TransactionLike): Promise<Hex>;
}

/** @param privateKey 32 bytes; kept in memory only, never printed. */
export function keyOperator(privateKey: Hex): Operator {
  const key = new SigningKey(privateKey);
  return {
    address: computeAddress(publicKeyOf(privateKey)),
    async sign(fields) {
      const transaction = Transaction.from(fields);
      transaction.signature = key.sign(transaction.unsignedHash);
      return transaction.serialized;
    },
  };
}

/** By OpenSSL: the first multiplication in JavaScript costs a cold start as much as reading the market. */
function publicKeyOf(privateKey: Hex): Hex {
  const point = createECDH('secp256k1');
  point.setPrivateKey(privateKey.slice(2), 'hex');
  return `0x${point.getPublicKey('hex', 'uncompressed')}`;
}
