import type { Secp256k1 } from '@bitauth/libauth';
import {
  computeAddress,
  hexlify,
  recoverAddress,
  Signature as SignatureOf,
  SigningKey,
  toBeHex,
} from 'ethers';
import type { Address, Hex } from '../hex.ts';
import { bytesOf } from './hash.ts';

/** An ECDSA signature over the curve: 32 bytes each, and in a good one a v of 27 or 28. */
export interface EcdsaSignature {
  readonly r: Hex;
  readonly s: Hex;
  readonly v: number;
}

/** libsecp256k1; where it cannot, it answers with a text. */
export type Curve = Pick<Secp256k1, 'recoverPublicKeyUncompressed' | 'signMessageHashRecoverableCompact'>;

let native: Curve | undefined;

/** From now on this one does it, in a tenth of the time that a curve in JavaScript takes; the results are the same. */
export function computeWith(curve: Curve | undefined): void {
  native = curve;
}

/**
 * Who signed the digest, as the `ecrecover` precompile says, which takes either s of the two that fit; `undefined`
 * where no key can have.
 */
export function recover(digest: Hex, signature: EcdsaSignature): Address | undefined {
  const { v } = signature;
  if (v !== 27 && v !== 28) return undefined;
  return native === undefined ? recoverInScript(digest, signature) : recoverBy(native, digest, signature);
}

function recoverBy(curve: Curve, digest: Hex, { r, s, v }: EcdsaSignature): Address | undefined {
  const key = curve.recoverPublicKeyUncompressed(bytesOf(r + s.slice(2)), v === 27 ? 0 : 1, bytesOf(digest));
  return typeof key === 'string' ? undefined : computeAddress(hexlify(key));
}

function recoverInScript(digest: Hex, { r, s, v }: EcdsaSignature): Address | undefined {
  if (BigInt(s) >= ORDER) return undefined;
  const isHigh = BigInt(s) > HALF_ORDER;
  const low = isHigh ? toBeHex(ORDER - BigInt(s), 32) : s;
  try {
    return recoverAddress(digest, SignatureOf.from({ r, s: low, v: isHigh ? 55 - v : v }));
  } catch {
    // Not a point of the curve: `ecrecover` answers the zero address, which signs nothing.
    return undefined;
  }
}

/**
 * The deterministic signature of RFC 6979 with the lower s. @param privateKey 32 bytes that are a key
 */
export function sign(digest: Hex, privateKey: Hex): EcdsaSignature {
  const made = native?.signMessageHashRecoverableCompact(bytesOf(privateKey), bytesOf(digest));
  // What is no key is refused there as here, with an error that does not show it.
  if (made === undefined || typeof made === 'string') return new SigningKey(privateKey).sign(digest);
  const { signature, recoveryId } = made;
  return {
    ...{ r: hexlify(signature.subarray(0, 32)), s: hexlify(signature.subarray(32)) },
    v: 27 + recoveryId,
  };
}

/** Order of secp256k1 (SEC 2, 2.4.1). */
export const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
/** An s above it has a twin below. */
export const HALF_ORDER = ORDER / 2n;
