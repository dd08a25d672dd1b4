import {
  BaseWallet,
  computeAddress,
  hexlify,
  id,
  recoverAddress,
  SigningKey,
  sha256,
  toBeHex,
  toUtf8Bytes,
  Wallet,
} from 'ethers';
import { expect, test } from 'vitest';
import { keyOperator } from '../../lib/adapters/operator.ts';
import { NativeSigningKey } from '../../lib/adapters/signing-key.ts';
import { onEachCurve } from '../support/curves.ts';

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const keys = Array.from({ length: 100 }, (_, at) => id(`key ${at}`));

onEachCurve('a key that signs', () => {
  test('is the key that ethers makes of the same secret', () => {
    for (const secret of keys) {
      const [ours, theirs] = [new BaseWallet(new NativeSigningKey(secret)), new Wallet(secret)];
      expect(ours.address).toBe(theirs.address);
      expect(computeAddress(new NativeSigningKey(secret))).toBe(theirs.address);
      expect(ours.signMessageSync('bundle')).toBe(theirs.signMessageSync('bundle'));
    }
  });

  test('an operator signs what a wallet would', async () => {
    const transaction = {
      type: 2 as const,
      chainId: 1,
      nonce: 7,
      to: hexlify(new Uint8Array(20).fill(1)),
      gasLimit: 21_000n,
      ...{ data: '0x', maxFeePerGas: 1n, maxPriorityFeePerGas: 0n },
    };
    for (const secret of keys.slice(0, 20)) {
      expect(await keyOperator(secret).sign(transaction)).toBe(
        await new Wallet(secret).signTransaction(transaction),
      );
    }
  });

  test('signs to the bit what ethers signs, whatever is signed', () => {
    // Keys at both ends of the group, and enough of each for high and low halves.
    const secrets = [...keys, toBeHex(1n, 32), toBeHex(ORDER - 1n, 32)];
    for (const secret of secrets) {
      for (const digest of [0n, 1n, ORDER - 1n, BigInt(id(secret))].map((one) => toBeHex(one, 32))) {
        const [ours, theirs] = [
          new NativeSigningKey(secret).sign(digest),
          new SigningKey(secret).sign(digest),
        ];
        expect(ours.serialized).toBe(theirs.serialized);
      }
    }
  });

  test('signs a digest above the order of the group too, which one of 2^128 is', () => {
    for (const digest of [ORDER, ORDER + 1n, 2n ** 256n - 1n].map((one) => toBeHex(one, 32))) {
      for (const secret of keys.slice(0, 10)) {
        const signed = new NativeSigningKey(secret).sign(digest);
        expect(recoverAddress(digest, signed)).toBe(new Wallet(secret).address);
      }
    }
  });

  // `haskoin-core test/Network/Haskoin/Crypto/SignatureSpec.hs#toVector`, RFC 6979 for secp256k1, SHA-256 of the message.
  test('signs what is published for secp256k1', () => {
    const { r, s } = new NativeSigningKey(toBeHex(1n, 32)).sign(sha256(toUtf8Bytes('Satoshi Nakamoto')));
    expect(r).toBe('0x934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8');
    expect(s).toBe('0x2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5');
  });
});
