import { BaseWallet, computeAddress, hexlify, id, Wallet } from 'ethers';
import { expect, test } from 'vitest';
import { keyOperator } from '../../lib/adapters/operator.ts';
import { NativeSigningKey } from '../../lib/adapters/signing-key.ts';

const keys = Array.from({ length: 100 }, (_, at) => id(`key ${at}`));

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
    type: 2,
    chainId: 1,
    nonce: 7,
    to: hexlify(new Uint8Array(20).fill(1)),
    gasLimit: 21_000,
  };
  for (const secret of keys.slice(0, 20)) {
    expect(await keyOperator(secret).sign(transaction)).toBe(
      await new Wallet(secret).signTransaction(transaction),
    );
  }
});
