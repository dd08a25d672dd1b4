import { id, keccak256, Wallet } from 'ethers';
import { afterEach, describe, expect, it, test } from 'vitest';
import { relayOf } from '../../../lib/adapters/builders/index.ts';
import { systemClock } from '../../../lib/adapters/clock.ts';
import type { Relay } from '../../../lib/adapters/relay.ts';
import type { Bundle } from '../../../lib/domain.ts';
import type { DialectName } from '../../../lib/network-file.ts';
import { type DialectBuilder, HOUSES, startDialectBuilder } from '../../support/dialect-builder.ts';
import { faultyRelay, type RelayFault } from '../../support/faulty-relay.ts';

const identity = Wallet.createRandom();
const recipient = identity.address;

const relayAt = (url: string, dialect: DialectName, more: object = {}): Relay =>
  relayOf({ name: dialect, url, dialect, identity, timeoutMs: 2_000, clock: systemClock, ...more });

const bundle = (uuid = 'one'): Bundle => ({
  updateId: id('update'),
  target: { number: 23_000_000, timestampSeconds: Math.floor(Date.now() / 1000) + 60, baseFeeWei: 1n },
  rawTransactions: ['0x02aa', '0x02bb'],
  ownTransactionHashes: [keccak256('0x02bb')],
  replacementUuid: uuid,
});

const stopping: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stopping.splice(0)) await stop();
});

async function house(name: keyof typeof HOUSES): Promise<DialectBuilder> {
  const builder = await startDialectBuilder(HOUSES[name]);
  stopping.push(builder.stop);
  return builder;
}

const NAMES = ['buildernet', 'titan', 'beaverbuild', 'rsync', 'quasar'] as const;

describe.each(NAMES)('%s', (name) => {
  it('takes a bundle, a newer one in its place, and gives it back', async () => {
    const builder = await house(name);
    const relay = relayAt(builder.url, name);
    expect(await relay.send(bundle())).toMatchObject({ relay: name, accepted: true });
    expect(builder.standing.get('one')).toMatchObject({
      txs: ['0x02aa', '0x02bb'],
      blockNumber: '0x15ef3c0',
    });

    expect(await relay.send({ ...bundle(), rawTransactions: ['0x02cc'] })).toMatchObject({ accepted: true });
    expect([...builder.standing.values()].map(({ txs }) => txs)).toEqual([['0x02cc']]);

    expect(await relay.cancel('one')).toMatchObject({ accepted: true });
    expect(builder.standing.size).toBe(0);
  });

  it('knows us by our signature, or not at all', async () => {
    const builder = await house(name);
    await relayAt(builder.url, name).send(bundle());
    const unsigned = name === 'beaverbuild' || name === 'quasar';
    expect(builder.signers).toEqual([unsigned ? undefined : identity.address]);
  });

  it.each<[RelayFault, RegExp]>([
    ['down', /ECONNREFUSED/],
    ['garbage', /not JSON/],
    ['html', /not JSON/],
    ['500', /HTTP 500: internal server error/],
    ['429', /HTTP 429/],
    ['errorString', /bundle rejected by policy/],
    ['errorObject', /invalid params/],
    ['shortHash', /unknown result/],
  ])('that is %s is an answer', async (mode, error) => {
    const broken = await faultyRelay({ mode });
    stopping.push(broken.stop);
    const answer = await relayAt(broken.url, name, { timeoutMs: 300 }).send(bundle());
    expect(answer).toMatchObject({ relay: name, accepted: false, error: expect.stringMatching(error) });
  });
});

it.each<[keyof typeof HOUSES, string | undefined]>([
  ['buildernet', `0x${'7b'.repeat(32)}`],
  ['titan', `0x${'7b'.repeat(32)}`],
  ['beaverbuild', `0x${'7b'.repeat(32)}`],
  ['rsync', undefined],
  ['quasar', undefined],
])('%s names the bundle, or does not: %s', async (name, bundleHash) => {
  const sent = await relayAt((await house(name)).url, name).send(bundle());
  expect(sent.bundleHash).toBe(bundleHash);
});

test('of several of ours all but the first may revert, and stay', async () => {
  const builder = await house('titan');
  const hashes = [keccak256('0x02aa'), keccak256('0x02bb')];
  await relayAt(builder.url, 'titan').send({ ...bundle(), ownTransactionHashes: hashes });
  expect(builder.standing.get('one')).toMatchObject({ revertingTxHashes: hashes.slice(1) });
  await relayAt(builder.url, 'titan').send(bundle('two'));
  expect(builder.standing.get('two')).not.toHaveProperty('revertingTxHashes');
});

describe('a refund is asked for', () => {
  const refund = { percent: 90, recipient };
  const asked = async (name: keyof typeof HOUSES) => {
    const builder = await house(name);
    await relayAt(builder.url, name, { refund }).send(bundle());
    return builder.standing.get('one');
  };

  it('of BuilderNet for our transaction', async () => {
    expect(await asked('buildernet')).toMatchObject({
      refundPercent: 90,
      refundRecipient: recipient,
      refundTxHashes: [keccak256('0x02bb')],
    });
  });

  it('of Titan for the bundle', async () => {
    const kept = await asked('titan');
    expect(kept).toMatchObject({ refundPercent: 90, refundRecipient: recipient });
    expect(kept).not.toHaveProperty('refundTxHashes');
  });

  it('of nobody who knows no refunds', async () => {
    expect(Object.keys((await asked('rsync')) ?? {}).sort()).toEqual([
      'blockNumber',
      'replacementUuid',
      'txs',
    ]);
  });
});

test('a slow builder delays no other', async () => {
  const slow = await faultyRelay({ mode: 'slow' });
  stopping.push(slow.stop);
  const quick = await house('titan');
  const order: string[] = [];
  const send = (relay: Relay) => relay.send(bundle()).then(({ relay: name }) => order.push(name));
  await Promise.all([
    send(relayAt(slow.url, 'rsync', { timeoutMs: 1_000 })),
    send(relayAt(quick.url, 'titan')),
  ]);
  expect(order).toEqual(['titan', 'rsync']);
});
