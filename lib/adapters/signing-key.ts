import { createECDH } from 'node:crypto';
import { type BytesLike, hexlify, Signature, SigningKey } from 'ethers';
import { sign } from '../ethereum/secp256k1.ts';
import type { Hex } from '../hex.ts';

/** A key whose public half OpenSSL computes, and which signs by libsecp256k1 once that is there. */
export class NativeSigningKey extends SigningKey {
  override get publicKey(): Hex {
    const point = createECDH('secp256k1');
    point.setPrivateKey(this.privateKey.slice(2), 'hex');
    return `0x${point.getPublicKey('hex', 'uncompressed')}`;
  }

  override sign(digest: BytesLike): Signature {
    return Signature.from(sign(hexlify(digest), this.privateKey));
  }
}
