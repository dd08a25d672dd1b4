import { getAddress, Transaction, Wallet } from 'ethers';
import { describe, expect, test } from 'vitest';
import type { Hex } from '../../lib/hex.ts';
import { decodeCall, decodeUpdates, isRefused } from '../../lib/oracles/decode.ts';
import type { Feed } from '../../lib/oracles/feed.ts';
import { recoverSigners } from '../../lib/oracles/signatures.ts';
import {
  AGGREGATOR,
  feedMap,
  feedOf,
  forwarderInterface,
  ocr1Call,
  ocr2Call,
  type RealTransmit,
  realTransmits,
} from '../support/transmits.ts';

const SENDER = new Wallet(`0x${'77'.repeat(32)}`);
const FORWARDER = getAddress('0x2222222222222222222222222222222222222222');
const ELSEWHERE = getAddress('0x3333333333333333333333333333333333333333');
const SEEN_AT_MS = 1_760_000_111_222;

describe('real transmissions', () => {
  test.each(realTransmits)('$id', ({ calldata, decoded, ...transmit }) => {
    const [found] = decodeCall({ to: hex(aggregatorOf(transmit)), data: hex(calldata) }, realFeeds(transmit));
    if (found === undefined || isRefused(found)) throw new Error(`refused: ${found?.reason}`);
    const { report } = found;
    expect({
      version: report.protocol.toUpperCase(),
      configDigest: report.configDigest,
      epoch: Math.floor(report.epochAndRound / 256),
      round: report.epochAndRound % 256,
      observationsTimestamp: report.observedAtSeconds,
      observers: report.observers,
      observations: report.observations,
      median: report.answer,
      recoveredSigners: recoverSigners(report),
    }).toEqual({ ...decoded, observationsTimestamp: decoded.observationsTimestamp });
  });

  test.each(realTransmits.filter(({ rawTx }) => rawTx !== undefined))(
    '$id, from its signed bytes',
    (transmit) => {
      const raw = transmit.rawTx ?? '';
      expect(decodeUpdates(raw, realFeeds(transmit), 1, SEEN_AT_MS)).toMatchObject([
        {
          chainId: 1,
          aggregator: aggregatorOf(transmit),
          answer: transmit.decoded.median,
          observedAtSeconds: Math.floor(SEEN_AT_MS / 1000),
          seenAtMs: SEEN_AT_MS,
          trigger: { kind: 'pendingTransaction', rawTransaction: raw, transactionHash: transmit.txHash },
        },
      ]);
    },
  );

  test('are nothing to us while we do not follow their feed', () => {
    const { rawTx = '' } = realTransmits.find((transmit) => transmit.rawTx !== undefined) ?? {};
    expect(decodeUpdates(rawTx, feedMap(feedOf()), 1, SEEN_AT_MS)).toEqual([{ reason: 'otherContract' }]);
  });
});

describe('the answer', () => {
  test.each([
    [[5n], 5n],
    [[5n, 7n], 7n],
    [[1n, 5n, 7n], 5n],
    [[1n, 5n, 7n, 9n], 7n],
  ])('of %s is the one in the middle, or the upper of two', (observations, answer) => {
    expect(answersOf(ocr2Call('transmit', { observations }), { f: undefined })).toEqual([answer]);
    expect(answersOf(ocr1Call({ observations }), { f: undefined, configDigest: undefined })).toEqual([
      answer,
    ]);
  });

  test('of an unsorted OCR2 report is what the contract takes, which does not check the order', () => {
    expect(answersOf(ocr2Call('transmit', { observations: [9n, 100n, 5n] }))).toEqual([100n]);
  });
});

describe('on its way to the aggregator', () => {
  const call = ocr2Call('transmit');
  const forwarded = (to: string, data: Hex) => forwarderInterface.encodeFunctionData('forward', [to, data]);

  test.each([
    ['directly', AGGREGATOR, call, undefined],
    ['by a forwarder', FORWARDER, forwarded(AGGREGATOR, call), FORWARDER],
    [
      'by a forwarder of a forwarder',
      ELSEWHERE,
      forwarded(FORWARDER, forwarded(AGGREGATOR, call)),
      FORWARDER,
    ],
    [
      "by a forwarder's owner",
      FORWARDER,
      forwarderInterface.encodeFunctionData('ownerForward', [AGGREGATOR, call]),
      FORWARDER,
    ],
  ])('%s', (_, to, data, forwarder) => {
    const [found] = decodeUpdates(signed(to, data), feedMap(feedOf()), 1, SEEN_AT_MS);
    expect(found).toMatchObject({ answer: 100n });
    expect(found && 'hops' in found ? found.hops.at(-1)?.forwarder : 'refused').toBe(forwarder);
  });

  test('several oracle calls in one transaction are several updates, and the rest is named', () => {
    const other = getAddress('0x4444444444444444444444444444444444444444');
    const feeds = feedMap(feedOf(), feedOf({ aggregator: other }));
    const data = forwarderInterface.encodeFunctionData('multiForward', [
      [AGGREGATOR, ELSEWHERE, other, other],
      [call, call, ocr2Call('transmitSecondary', { observations: [50n] }), '0xdeadbeef'],
    ]);
    const found = decodeUpdates(signed(FORWARDER, data), feeds, 1, SEEN_AT_MS);
    expect(found.map((one) => (isRefused(one) ? one.reason : one.answer))).toEqual([
      100n,
      'otherContract',
      'tooFewObservations',
      'otherSelector',
    ]);
  });

  test('nested without end is refused', () => {
    let data = call;
    for (let depth = 0; depth < 50; depth++) data = forwarded(FORWARDER, data);
    expect(reasonsOf(signed(FORWARDER, data))).toEqual(['truncated']);
  });

  test.each([0, 1, 2] as const)('in a transaction of type %i', (type) => {
    expect(decodeUpdates(signed(AGGREGATOR, call, { type }), feedMap(feedOf()), 1, 0)).toMatchObject([
      { answer: 100n },
    ]);
  });

  test('in a transaction that is valid on every chain', () => {
    const raw = signed(AGGREGATOR, call, { type: 0, chainId: 0 });
    expect(decodeUpdates(raw, feedMap(feedOf()), 1, 0)).toMatchObject([{ answer: 100n, chainId: 1 }]);
  });
});

describe('the id', () => {
  const idOf = (data: Hex, to = AGGREGATOR, chainId = 1) => {
    const feeds = feedMap(feedOf({ configDigest: undefined }), feedOf({ aggregator: ELSEWHERE }));
    const [found] = decodeUpdates(signed(to, data, { chainId }), feeds, chainId, SEEN_AT_MS);
    return found !== undefined && !isRefused(found) ? found.id : 'refused';
  };

  test('is of the report, however it is delivered', () => {
    const id = idOf(ocr2Call('transmit'));
    expect(idOf(ocr2Call('transmitSecondary'))).toBe(id);
    expect(
      idOf(forwarderInterface.encodeFunctionData('forward', [AGGREGATOR, ocr2Call('transmit')]), FORWARDER),
    ).toBe(id);
  });

  test('differs by chain, aggregator, configuration, round, time and answer', () => {
    const data = ocr2Call('transmit');
    const ids = [
      idOf(data),
      idOf(data, AGGREGATOR, 10),
      idOf(data, ELSEWHERE),
      idOf(ocr2Call('transmit', { configDigest: `0x${'cd'.repeat(32)}` })),
      idOf(ocr2Call('transmit', { epochAndRound: 0x0706 })),
      idOf(ocr2Call('transmit', { observations: [98n, 101n, 101n] })),
      idOf(ocr2Call('transmit', { observedAtSeconds: 1_760_000_101 })),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).not.toContain('refused');
  });
});

describe('what is not an update says why', () => {
  const data = ocr2Call('transmit');
  const raw = signed(AGGREGATOR, data);

  test.each([
    ['malformedTransaction', '0x'],
    ['malformedTransaction', '0x02'],
    ['malformedTransaction', 'transmit'],
    ['malformedTransaction', raw.slice(0, -2)],
    ['malformedTransaction', `${raw}00`],
    ['malformedTransaction', `0x05${raw.slice(4)}`],
    ['malformedTransaction', raw.replace('64a4', '64aZ').replace(/.$/, 'x')],
    ['wrongChain', signed(AGGREGATOR, data, { chainId: 10 })],
    ['wrongChain', signed(AGGREGATOR, data, { chainId: 10, type: 0 })],
    ['otherContract', signed(ELSEWHERE, data)],
    ['otherContract', signed(null, data)],
    ['otherContract', signed(FORWARDER, forwarderInterface.encodeFunctionData('forward', [ELSEWHERE, data]))],
    ['otherSelector', signed(AGGREGATOR, '0x')],
    ['otherSelector', signed(AGGREGATOR, `0xdeadbeef${data.slice(10)}`)],
    ['truncated', signed(AGGREGATOR, data.slice(0, 10))],
    ['truncated', signed(AGGREGATOR, data.slice(0, -64))],
    ['truncated', signed(AGGREGATOR, `${data}00`)],
    [
      'truncated',
      signed(FORWARDER, forwarderInterface.encodeFunctionData('forward', [AGGREGATOR, data]).slice(0, -800)),
    ],
  ])('%s', (reason, transaction) => {
    expect(reasonsOf(transaction)).toEqual([reason]);
  });

  test.each<[string, Hex, Partial<Feed>]>([
    ['unsorted', ocr1Call({ observations: [101n, 100n, 99n] }), { configDigest: undefined }],
    ['wrongConfigDigest', ocr2Call('transmit', { configDigest: `0x${'cd'.repeat(32)}` }), {}],
    ['wrongConfigDigest', ocr1Call(), { configDigest: `0x${'cd'.repeat(16)}` }],
    ['oldRound', ocr2Call('transmit', { epochAndRound: 0x0700 }), {}],
    ['oldRound', ocr2Call('transmit', { observedAtSeconds: 1_759_999_999 }), {}],
    ['oldRound', data, { answer: 100n, observedAtSeconds: 1_760_000_100 }],
    ['oldRound', ocr2Call('transmitSecondary'), { answer: 100n, observedAtSeconds: 1_760_000_100 }],
    ['tooFewSignatures', data, { f: 2 }],
    ['tooManySignatures', data, { f: 0 }],
    ['tooFewObservations', ocr2Call('transmit', { observations: [100n] }), {}],
    ['tooFewObservations', ocr1Call({ observations: [99n, 100n] }), { configDigest: undefined }],
    ['outsideMinMax', data, { minAnswer: 101n }],
    ['outsideMinMax', data, { maxAnswer: 99n }],
    ['nonPositiveAnswer', ocr2Call('transmit', { observations: [-1n, 0n, 0n] }), { minAnswer: undefined }],
    ['nonPositiveAnswer', ocr2Call('transmit', { observations: [-3n, -2n, -1n] }), { minAnswer: undefined }],
  ])('%s', (reason, calldata, changes) => {
    expect(reasonsOf(signed(AGGREGATOR, calldata), changes)).toEqual([reason]);
  });

  test('unauthorisedTransmitter, where a stranger forwards', () => {
    const transaction = signed(
      FORWARDER,
      forwarderInterface.encodeFunctionData('forward', [AGGREGATOR, data]),
    );
    expect(reasonsOf(transaction, { transmitters: [ELSEWHERE] })).toEqual(['unauthorisedTransmitter']);
    expect(reasonsOf(transaction, { transmitters: [FORWARDER] })).toEqual([]);
  });

  test('but a secondary delivery of a stored report is an update', () => {
    const delivery = ocr2Call('transmitSecondary', { epochAndRound: 0x0700 });
    expect(reasonsOf(signed(AGGREGATOR, delivery))).toEqual([]);
  });

  test('and an OCR1 report with more signatures than it needs is an update', () => {
    expect(reasonsOf(signed(AGGREGATOR, ocr1Call()), { configDigest: undefined, f: 1 })).toEqual([]);
    expect(reasonsOf(signed(AGGREGATOR, ocr1Call()), { configDigest: undefined, f: 0 })).toEqual([]);
  });
});

function signed(to: string | null, data: Hex, fields: { type?: number; chainId?: number } = {}): Hex {
  const type = fields.type ?? 2;
  const fees = type === 2 ? { maxFeePerGas: 10n, maxPriorityFeePerGas: 1n } : { gasPrice: 10n };
  const transaction = Transaction.from({
    type,
    chainId: 1,
    nonce: 1,
    gasLimit: 500_000,
    to,
    data,
    ...fees,
    ...fields,
  });
  transaction.signature = SENDER.signingKey.sign(transaction.unsignedHash);
  return transaction.serialized;
}

function reasonsOf(raw: Hex, changes: Partial<Feed> = {}): readonly string[] {
  return decodeUpdates(raw, feedMap(feedOf(changes)), 1, SEEN_AT_MS).flatMap((one) =>
    isRefused(one) ? [one.reason] : [],
  );
}

function answersOf(data: Hex, changes: Partial<Feed> = {}): readonly (bigint | string)[] {
  const feeds = feedMap(feedOf({ minAnswer: undefined, ...changes }));
  return decodeCall({ to: hex(AGGREGATOR), data: hex(data) }, feeds).map((found) =>
    isRefused(found) ? found.reason : found.report.answer,
  );
}

const aggregatorOf = ({ to }: Pick<RealTransmit, 'to'>) => (to === undefined ? AGGREGATOR : getAddress(to));

const realFeeds = (transmit: Pick<RealTransmit, 'to'>) =>
  feedMap({ aggregator: aggregatorOf(transmit), proxies: [], decimals: 8, description: 'real', answer: 1n });

const hex = (text: Hex): string => text.slice(2).toLowerCase();
