import { Transaction, Wallet } from 'ethers';
import { expect, test } from 'vitest';
import type { Address, Hex } from '../../lib/hex.ts';
import { decodeUpdates, isRefused } from '../../lib/oracles/decode.ts';
import type { Feed } from '../../lib/oracles/feed.ts';
import { inspect } from '../../lib/oracles/inspect.ts';
import { signatureRefusal } from '../../lib/oracles/signatures.ts';
import {
  AGGREGATOR,
  feedMap,
  feedOf,
  forwarderInterface,
  ocr2Call,
  oracleWallets,
} from '../support/transmits.ts';

const SENDER = new Wallet(`0x${'77'.repeat(32)}`);
const [FORWARDER, ELSEWHERE] = [`0x${'22'.repeat(20)}`, `0x${'44'.repeat(20)}`];
const forwarders = new Map([[FORWARDER, { senders: [AGGREGATOR], owner: undefined }]]);
const good = ocr2Call('transmit');
const forwarded = forwarderInterface.encodeFunctionData('forward', [AGGREGATOR, good]);

function signed(to: Address, data: Hex, chainId = 1): Hex {
  const fields = { type: 2, chainId, nonce: 1, gasLimit: 500_000, to, data, maxFeePerGas: 1n };
  const transaction = Transaction.from(fields);
  transaction.signature = SENDER.signingKey.sign(transaction.unsignedHash);
  return transaction.serialized;
}
const strangers = oracleWallets.slice(3);
const twice = [oracleWallets[0], oracleWallets[0]].filter((wallet) => wallet !== undefined);

const cases: [string, Hex, Partial<Feed>?][] = [
  ['accepted', signed(AGGREGATOR, good)],
  ['malformedTransaction', '0x02c0'],
  ['wrongChain', signed(AGGREGATOR, good, 5)],
  ['otherContract', signed(ELSEWHERE, good)],
  ['otherSelector', signed(AGGREGATOR, '0x12345678')],
  ['truncated', signed(AGGREGATOR, good.slice(0, -64))],
  [
    'malformedReport',
    signed(AGGREGATOR, good.replace(`${'0'.repeat(63)}7`, `${'0'.repeat(10)}1${'0'.repeat(52)}7`)),
  ],
  ['tooFewSignatures', signed(AGGREGATOR, good), { f: 2 }],
  ['tooManySignatures', signed(AGGREGATOR, good), { f: 0 }],
  ['wrongConfigDigest', signed(AGGREGATOR, good), { configDigest: `0x${'11'.repeat(32)}` }],
  ['oldRound', signed(AGGREGATOR, good), { epochAndRound: 0x0800 }],
  ['notYetVisible', signed(AGGREGATOR, good), { visibleDelivery: 'secondary' }],
  ['outsideMinMax', signed(AGGREGATOR, good), { maxAnswer: 99n }],
  [
    'nonPositiveAnswer',
    signed(AGGREGATOR, ocr2Call('transmit', { observations: [0n, 0n] })),
    { minAnswer: 0n },
  ],
  ['unauthorisedTransmitter', signed(AGGREGATOR, good), { transmitters: [ELSEWHERE] }],
  ['unauthorisedSender', signed(FORWARDER, forwarded), { transmitters: [FORWARDER], forwarders }],
  ['unknownSigner', signed(AGGREGATOR, ocr2Call('transmit', { signers: strangers }))],
  ['repeatedSigner', signed(AGGREGATOR, ocr2Call('transmit', { signers: twice }))],
];

test.each<[string, Hex, Partial<Feed>?]>(cases)(
  '%s, as the racer says',
  (expected, raw, changes: Partial<Feed> = {}) => {
    const feed = feedOf(changes);
    const { calls } = inspect(raw, { chainId: 1, feeds: feedMap(feed) });
    expect(calls.map(({ reason }) => reason ?? 'accepted')).toEqual([expected]);
    const raced = decodeUpdates(raw, feedMap(feed), 1, 0).map((found) =>
      isRefused(found) ? found.reason : (signatureRefusal(found, feed) ?? 'accepted'),
    );
    expect(raced).toEqual([expected]);
  },
);

test('without feeds, only what the bytes say by themselves is held against them', () => {
  const [call, ...more] = inspect(signed(FORWARDER, forwarded)).calls;
  expect(more).toEqual([]);
  expect(call).toMatchObject({
    to: AGGREGATOR,
    hops: [{ forwarder: FORWARDER, as: 'sender' }],
    reason: undefined,
  });
  expect(inspect(forwarded)).toMatchObject({
    kind: 'calldata',
    calls: [{ to: AGGREGATOR, report: { answer: 100n } }],
  });
});
