import { getAddress, id, Signature, Transaction, toBeHex, Wallet } from 'ethers';
import { describe, expect, test } from 'vitest';
import { type Eip1559Transaction, signedTransaction, unsignedHash } from '../../lib/ethereum/eip1559.ts';
import { Random } from '../support/fuzz/random.ts';

/** Against ethers' own coder. */
const { signingKey } = new Wallet(id('eip-1559'));

function expectSame(transaction: Eip1559Transaction, signature?: Signature): void {
  const theirs = Transaction.from({ ...transaction, value: 0n });
  expect(unsignedHash(transaction)).toBe(theirs.unsignedHash);
  const signed = signature ?? signingKey.sign(theirs.unsignedHash);
  theirs.signature = signed;
  expect(signedTransaction(transaction, signed)).toBe(theirs.serialized);
}

const to = getAddress(`0x${'ab'.repeat(20)}`);
const plain: Eip1559Transaction = {
  ...{ type: 2, chainId: 1, nonce: 0, maxPriorityFeePerGas: 0n, maxFeePerGas: 1n, gasLimit: 21_000n },
  ...{ to, data: '0x' },
};

describe('is what ethers makes of the same transaction', () => {
  test.each([0, 1, 54, 55, 56, 57, 255, 256, 257, 65_535, 65_536, 131_072])(
    'with %d bytes of data',
    (length) => {
      for (const byte of ['00', '7f', '80', 'ff']) expectSame({ ...plain, data: `0x${byte.repeat(length)}` });
    },
  );

  test.each([0, 1, 127, 128, 255, 256, 2 ** 32, Number.MAX_SAFE_INTEGER])(
    'with the nonce and chain %d',
    (n) => {
      expectSame({ ...plain, nonce: n, chainId: n || 1 });
    },
  );

  test('whose r or s begins with zeros', () => {
    for (const r of [1n, 255n, 1n << 240n])
      for (const s of [1n, 127n, 128n, 1n << 200n])
        for (const yParity of [0, 1] as const)
          expectSame(plain, Signature.from({ r: toBeHex(r, 32), s: toBeHex(s, 32), yParity }));
  });

  test('for a thousand others', () => {
    const random = new Random(1_559);
    for (let index = 0; index < 1_000; index += 1)
      expectSame({
        ...{ type: 2, chainId: random.integer(1, 2 ** 31), nonce: random.integer(0, 2 ** 20) },
        ...{ maxPriorityFeePerGas: random.amount(1, 60), maxFeePerGas: random.amount(60, 90) },
        gasLimit: random.amount(14, 30),
        ...{ to: getAddress(toBeHex(random.amount(1, 160), 20)) },
        data: toBeHex(random.amount(8, 2_000)),
      });
  });
});

test('an address that is none is refused', () => {
  expect(() => unsignedHash({ ...plain, to: 'nobody' })).toThrow('no address');
});
