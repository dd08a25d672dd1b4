import { createECDH } from 'node:crypto';
import { SigningKey } from 'ethers';
import type { Hex } from '../hex.ts';

/**
 * A key whose public half OpenSSL computes: the first multiplication in JavaScript costs a cold start as much as
 * reading a protocol's market.
 */
export class NativeSigningKey extends SigningKey {
  override get publicKey(): Hex {
    const point = createECDH('secp256k1');
    point.setPrivateKey(this.privateKey.slice(2), 'hex');
    return `0x${point.getPublicKey('hex', 'uncompressed')}`;
  }
}
