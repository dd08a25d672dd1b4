import { id, SigningKey, Transaction, toBeHex, Wallet } from 'ethers';
import { describe, expect, test } from 'vitest';
import { loadCurve } from '../../functions/wiring/curve.ts';
import { computeWith, type EcdsaSignature, recover } from '../../lib/ethereum/secp256k1.ts';
import type { Address, Hex } from '../../lib/hex.ts';
import { type DecodedUpdate, decodeUpdates, isRefused } from '../../lib/oracles/decode.ts';
import type { Feed } from '../../lib/oracles/feed.ts';
import type { Forwarder } from '../../lib/oracles/read-forwarders.ts';
import { recoverSigners, senderOf, signatureRefusal } from '../../lib/oracles/signatures.ts';
import { onEachCurve } from '../support/curves.ts';
import { Random } from '../support/fuzz/random.ts';
import {
  AGGREGATOR,
  feedMap,
  feedOf,
  forwarderInterface,
  ocr1Call,
  ocr2Call,
  oracleWallets,
} from '../support/transmits.ts';

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const SENDER = new Wallet(`0x${'77'.repeat(32)}`);
const [first, second, third] = oracleWallets;
const stranger = oracleWallets[4];

onEachCurve('recovered', () => {
  describe('the signatures of a report', () => {
    test.each([
      ['OCR2', ocr2Call('transmit'), {}],
      ['OCR2, by the secondary way', ocr2Call('transmitSecondary'), {}],
      ['OCR1', ocr1Call(), { configDigest: undefined }],
    ])('are accepted from f + 1 oracles: %s', (_, data, changes: Partial<Feed>) => {
      expect(refusalOf(data, changes)).toBeUndefined();
    });

    test('are refused from a stranger', () => {
      expect(refusalOf(ocr2Call('transmit', { signers: wallets(first, stranger) }))).toBe('unknownSigner');
    });

    test('are refused from one oracle twice', () => {
      expect(refusalOf(ocr2Call('transmit', { signers: wallets(second, second) }))).toBe('repeatedSigner');
    });

    test('are refused over another report', () => {
      const observations = (last: bigint) => ocr2Call('transmit', { observations: [99n, 100n, last] });
      const [honest, other] = [observations(101n), observations(102n)];
      const forged = honest.replace(toBeHex(101n, 32).slice(2), toBeHex(102n, 32).slice(2));
      expect(refusalOf(other)).toBeUndefined();
      expect(refusalOf(forged)).toBe('unknownSigner');
    });

    test('are not asked for while the oracles are unknown', () => {
      const data = ocr2Call('transmit', { signers: wallets(stranger, stranger) });
      expect(refusalOf(data, { signers: undefined })).toBeUndefined();
    });
  });

  describe('recovery is that of the ecrecover precompile', () => {
    const { report } = updateOf(ocr2Call('transmit', { signers: wallets(third, first) }));

    test('in order', () => {
      expect(recoverSigners(report)).toEqual([third?.address, first?.address]);
    });

    test('for the other s of the same signature too', () => {
      const flipped = report.signatures.map(({ r, s, v }) => ({
        r,
        s: toBeHex(ORDER - BigInt(s), 32),
        v: 55 - v,
      }));
      expect(recoverSigners({ ...report, signatures: flipped })).toEqual([third?.address, first?.address]);
    });

    test.each([
      ['a v that is neither 27 nor 28', { v: 29 }],
      ['r = 0', { r: toBeHex(0, 32) }],
      ['s = 0', { s: toBeHex(0, 32) }],
      ['s = the order', { s: toBeHex(ORDER, 32) }],
      ['s beyond the order', { s: `0x${'ff'.repeat(32)}` }],
      ['r that is no point', { r: toBeHex(5, 32) }],
      ['r beyond the order', { r: `0x${'ff'.repeat(32)}` }],
    ])('nobody for %s', (_, change) => {
      const signatures = report.signatures.map((signature) => ({ ...signature, ...change }));
      expect(recoverSigners({ ...report, signatures })).toEqual([undefined, undefined]);
    });
  });

  describe('who sends', () => {
    const transmitters = [SENDER.address];

    test('must be a transmitter, where nobody forwards', () => {
      expect(refusalOf(ocr2Call('transmit'), { transmitters })).toBeUndefined();
      expect(refusalOf(ocr2Call('transmit'), { transmitters: [AGGREGATOR] })).toBe('unauthorisedTransmitter');
    });

    describe('through a forwarder', () => {
      const [forwarder, outer] = [`0x${'22'.repeat(20)}`, `0x${'33'.repeat(20)}`];
      const encode = (how: string, to: string, data: Hex) =>
        forwarderInterface.encodeFunctionData(how, [to, data]);
      const forwarded = encode('forward', AGGREGATOR, ocr2Call('transmit'));
      const known = (...list: readonly (readonly [string, Forwarder])[]) => ({
        transmitters: [forwarder],
        forwarders: new Map(list),
      });
      const letting = (...senders: readonly Address[]): Forwarder => ({ senders, owner: AGGREGATOR });

      test('must be one of its senders', () => {
        expect(refusalOf(forwarded, known([forwarder, letting(SENDER.address)]), forwarder)).toBeUndefined();
        const strange = known([forwarder, letting(AGGREGATOR)]);
        expect(refusalOf(forwarded, strange, forwarder)).toBe('unauthorisedSender');
      });

      test('must be its owner, where the owner forwards', () => {
        const data = encode('ownerForward', AGGREGATOR, ocr2Call('transmit'));
        const owned = known([forwarder, { senders: [], owner: SENDER.address }]);
        expect(refusalOf(data, owned, forwarder)).toBeUndefined();
        const sent = known([forwarder, letting(SENDER.address)]);
        expect(refusalOf(data, sent, forwarder)).toBe('unauthorisedSender');
      });

      test('must be let through by each of several', () => {
        const data = encode('forward', forwarder, forwarded);
        const inner = [forwarder, letting(outer)] as const;
        expect(refusalOf(data, known(inner, [outer, letting(SENDER.address)]), outer)).toBeUndefined();
        expect(refusalOf(data, known(inner, [outer, letting(AGGREGATOR)]), outer)).toBe('unauthorisedSender');
        const closed = known([forwarder, letting(AGGREGATOR)], [outer, letting(SENDER.address)]);
        expect(refusalOf(data, closed, outer)).toBe('unauthorisedSender');
      });

      test('cannot be anybody, where the way leads through a key that only looks like one', () => {
        expect(refusalOf(forwarded, known(), forwarder)).toBe('unauthorisedSender');
        const data = encode('forward', forwarder, forwarded);
        expect(refusalOf(data, known([forwarder, letting(outer)]), outer)).toBe('unauthorisedSender');
      });

      test('is not asked for while the forwarders are unknown', () => {
        expect(refusalOf(forwarded, { transmitters: [forwarder] }, forwarder)).toBeUndefined();
      });
    });

    test('must be somebody', () => {
      const update = updateOf(ocr2Call('transmit'));
      if (update.trigger.kind !== 'pendingTransaction') throw new Error('not a transaction');
      const broken = `${update.trigger.rawTransaction.slice(0, -64)}${'00'.repeat(32)}`;
      const trigger = { ...update.trigger, rawTransaction: broken };
      expect(signatureRefusal({ ...update, trigger }, feedOf({ transmitters }))).toBe('malformedTransaction');
    });
  });
});

describe('the sender of a transaction is the one that ethers finds', () => {
  const entry = { address: AGGREGATOR, storageKeys: [toBeHex(1, 32)] };
  const authorization = {
    address: AGGREGATOR,
    nonce: 0n,
    chainId: 1n,
    signature: SENDER.signingKey.sign(id('')),
  };
  const kinds: readonly [string, object][] = [
    ['before EIP-155', { type: 0, chainId: 0, gasPrice: 1n }],
    ['since EIP-155', { type: 0, gasPrice: 1n }],
    ['of EIP-2930', { type: 1, gasPrice: 1n, accessList: [entry] }],
    ['of EIP-1559', { type: 2, maxFeePerGas: 1n }],
    ['of EIP-1559 with an access list', { type: 2, maxFeePerGas: 1n, accessList: [entry, entry] }],
    ['of EIP-7702', { type: 4, maxFeePerGas: 1n, authorizationList: [authorization] }],
  ];
  const signed = (kind: object, nonce: number): Hex => {
    const fields = {
      chainId: 1,
      nonce,
      gasLimit: 99_999,
      to: AGGREGATOR,
      data: `0x${'ab'.repeat(nonce)}`,
      ...kind,
    };
    const transaction = Transaction.from(fields);
    transaction.signature = SENDER.signingKey.sign(transaction.unsignedHash);
    return transaction.serialized;
  };

  test.each(kinds)('%s', (_, kind) => {
    // Long enough to meet an r and an s with leading zeros.
    for (let nonce = 0; nonce < 300; nonce++) expect(senderOf(signed(kind, nonce))).toBe(SENDER.address);
  });

  test('or nobody, where it is no bytes', () => {
    for (const text of [
      '',
      '0x',
      '0x02',
      '0x02zz',
      `${signed({ type: 2, maxFeePerGas: 1n }, 3).slice(0, -2)}zz`,
    ])
      expect(senderOf(text)).toBeUndefined();
  });

  test.each(kinds)('%s, and not by the upper s of the same signature', (_, kind) => {
    const raw = signed(kind, 7);
    const lower = raw.slice(-64);
    const upper = toBeHex(ORDER - BigInt(`0x${lower}`), 32).slice(2);
    expect(senderOf(raw)).toBe(SENDER.address);
    // With either parity: the one that goes with it recovers the very same key.
    const twins = [raw.slice(0, -64) + upper, flippedParity(raw).slice(0, -64) + upper];
    for (const twin of twins) expect(senderOf(twin)).toBeUndefined();
  });

  test.each(kinds)('%s, and nobody’s of them, where a byte of it is another', (_, kind) => {
    const random = new Random(1_559);
    const raw = signed(kind, 40);
    let others = 0;
    for (let round = 0; round < 400; round++) {
      const at = 2 + 2 * random.integer(0, raw.length / 2 - 2);
      const broken = raw.slice(0, at) + toBeHex(random.integer(0, 255), 1).slice(2) + raw.slice(at + 2);
      const found = senderOf(broken);
      const slow = slowSenderOf(broken);
      // What no node takes may look like a stranger's, never like the sender's.
      if (slow === undefined) expect(found).not.toBe(SENDER.address);
      else expect(found).toBe(slow);
      if (found !== SENDER.address) others += 1;
    }
    expect(others).toBeGreaterThan(300);
  });
});

test('both ways recover the same, of whatever anybody might call a signature', async () => {
  const random = new Random(20_261_122);
  const cases = Array.from({ length: 400 }, (_, index) => signatureOf(random, index));
  const scripted = cases.map(([digest, signature]) => recover(digest, signature));
  await loadCurve();
  const native = cases.map(([digest, signature]) => recover(digest, signature));
  computeWith(undefined);
  expect(native).toEqual(scripted);
  const somebody = scripted.filter((signer) => signer !== undefined).length;
  expect(somebody).toBeGreaterThan(150);
  expect(somebody).toBeLessThan(350);
});

const refusalOf = (data: Hex, changes: Partial<Feed> = {}, to = AGGREGATOR) =>
  signatureRefusal(updateOf(data, changes, to), feedOf(changes));

function updateOf(data: Hex, changes: Partial<Feed> = {}, to = AGGREGATOR): DecodedUpdate {
  const fields = { type: 2, chainId: 1, nonce: 1, gasLimit: 500_000, to, data, maxFeePerGas: 1n };
  const transaction = Transaction.from(fields);
  transaction.signature = SENDER.signingKey.sign(transaction.unsignedHash);
  const [found] = decodeUpdates(transaction.serialized, feedMap(feedOf(changes)), 1, 0);
  if (found === undefined || isRefused(found)) throw new Error(`refused: ${found?.reason}`);
  return found;
}

/** The byte before r, its prefix and all. */
function flippedParity(raw: Hex): Hex {
  const at = raw.length - 2 * (32 + 1 + 32 + 1 + 1);
  const [parity, rest] = [raw.slice(at, at + 2), raw.slice(at + 2)];
  const flipped = { '01': '80', '80': '01', '1b': '1c', '1c': '1b', '25': '26', '26': '25' }[parity];
  if (flipped === undefined) throw new Error(`${parity} is no parity`);
  return raw.slice(0, at) + flipped + rest;
}

function slowSenderOf(raw: Hex): Address | undefined {
  try {
    const { from, signature } = Transaction.from(raw);
    // EIP-2: no transaction has the upper s; ethers refuses to show one.
    return signature?.s === undefined ? undefined : (from ?? undefined);
  } catch {
    return undefined;
  }
}

/** A good one, one with the other s or the other v, or one of arbitrary words. */
function signatureOf(random: Random, index: number): readonly [Hex, EcdsaSignature] {
  const digest = word(random.amount(255, 256));
  const { r, s, v } = new SigningKey(word(random.amount(200, 250))).sign(digest);
  const words = [
    r,
    word(random.amount(1, 256)),
    word(ORDER - BigInt(s)),
    word(ORDER + BigInt(index)),
  ] as const;
  switch (index % 5) {
    case 0:
      return [digest, { r, s, v }];
    case 1:
      return [digest, { r, s: words[2], v }];
    case 2:
      return [digest, { r, s, v: 55 - v }];
    case 3:
      return [word(random.amount(1, 256)), { r: random.pick(words), s: random.pick(words), v }];
    default:
      return [digest, { r: words[1], s: random.pick(words), v: random.integer(26, 29) }];
  }
}

const word = (value: bigint): Hex => toBeHex(value, 32);
const wallets = (...some: readonly (Wallet | undefined)[]) => some.filter((wallet) => wallet !== undefined);
