import { randomUUID } from 'node:crypto';
import { id, keccak256, verifyMessage, Wallet } from 'ethers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../lib/adapters/clock.ts';
import { flashbotsRelay, type Relay } from '../../lib/adapters/relay.ts';
import type { Bundle } from '../../lib/domain.ts';
import type { Hex } from '../../lib/hex.ts';
import { type BuilderLab, GWEI, startBuilderLab } from '../support/builder-lab.ts';
import { type FaultyRelay, faultyRelay, type RelayFault } from '../support/faulty-relay.ts';

const identity = Wallet.createRandom();

const relayAt = (url: string, timeoutMs = 2_000): Relay =>
  flashbotsRelay({ name: 'flashbots', url, identity, timeoutMs, clock: systemClock });

const bundleOf = (rawTransactions: readonly Hex[], number: number): Bundle => ({
  updateId: id('update'),
  target: { number, timestampSeconds: Math.floor(Date.now() / 1000) + 60, baseFeeWei: GWEI },
  rawTransactions,
  ownTransactionHashes: [keccak256(rawTransactions.at(-1) ?? '0x')],
  replacementUuid: randomUUID(),
});

describe('a relay that works', () => {
  let lab: BuilderLab;
  beforeAll(async () => {
    lab = await startBuilderLab();
  });
  afterAll(() => lab.stop());

  it('keeps a bundle of which a later transaction of ours reverts, not one of which the first does', async () => {
    for (const [first, expected] of [
      [1, 1],
      [2, 0],
    ] as const) {
      const raws = [await lab.announce(), await lab.take(2, GWEI), await lab.take(3, GWEI)];
      const { number } = await lab.builder.head();
      const ownTransactionHashes = raws.slice(first).map((raw) => keccak256(raw));
      const sent = await relayAt(lab.builder.url).send({
        ...bundleOf(raws, number + 1),
        ownTransactionHashes,
      });
      expect(sent.accepted).toBe(true);
      expect((await lab.builder.buildBlock()).included).toHaveLength(expected);
    }
  });

  const bundle = async (bidWei: bigint, blocksAhead = 1) =>
    bundleOf(
      [await lab.announce(), await lab.take(2, bidWei)],
      (await lab.builder.head()).number + blocksAhead,
    );

  it('takes a bundle, which is then in its block', async () => {
    const sent = await bundle(GWEI);
    const submission = await relayAt(lab.builder.url).send(sent);
    expect(submission).toEqual({
      relay: 'flashbots',
      accepted: true,
      bundleHash: expect.stringMatching(/^0x[0-9a-f]{64}$/),
      tookMs: expect.any(Number),
    });
    expect((await lab.builder.buildBlock()).included).toMatchObject([
      {
        bundle: {
          signer: identity.address,
          bundleHash: submission.bundleHash,
          replacementUuid: sent.replacementUuid,
        },
      },
    ]);
  });

  it('cancels what was sent under the uuid', async () => {
    const relay = relayAt(lab.builder.url);
    const sent = await bundle(GWEI);
    const { bundleHash } = await relay.send(sent);
    expect(await relay.cancel(sent.replacementUuid)).toEqual({
      relay: 'flashbots',
      accepted: true,
      bundleHashes: [bundleHash],
      tookMs: expect.any(Number),
    });
    expect((await lab.builder.buildBlock()).included).toEqual([]);
  });

  it('says why it refuses a bundle', async () => {
    expect(await relayAt(lab.builder.url).send(await bundle(GWEI, 0))).toMatchObject({
      accepted: false,
      error: expect.stringMatching(
        /^flashbots: HTTP 400: block \d+ is in the past, the newest block is \d+$/,
      ),
    });
  });
});

describe('a relay that does not', () => {
  let relay: FaultyRelay;
  afterEach(() => relay.stop());

  const bundle = async () =>
    bundleOf(
      [
        await Wallet.createRandom().signTransaction({
          ...{ type: 2, chainId: 1, nonce: 0, to: identity.address, gasLimit: 21_000n },
          ...{ maxFeePerGas: GWEI, maxPriorityFeePerGas: 0n },
        }),
      ],
      23_000_000,
    );

  it.each<[RelayFault, string]>([
    ['down', 'not reachable: connect ECONNREFUSED 127.0.0.1:<port>'],
    ['hangUp', 'not reachable: socket hang up'],
    ['garbage', 'not JSON: {"jsonrpc":"2.0","id":1,"result":{'],
    ['html', 'not JSON: <html> <body>Bad gateway</body> </html>'],
    ['empty', 'not JSON: (empty body)'],
    ['500', 'HTTP 500: internal server error'],
    ['404', 'HTTP 404: not found'],
    ['redirect', 'HTTP 302: (empty body)'],
    ['null', 'unknown result null'],
    ['bareHash', `unknown result "0x${'5e'.repeat(32)}"`],
    ['ok200', 'unknown result 200'],
    ['shortHash', 'unknown result {"bundleHash":"0x12"} (bundleHash: is not a hash)'],
    ['errorString', 'bundle rejected by policy'],
    ['errorObject', 'invalid params'],
    ['neither', 'neither result nor error: {"jsonrpc":"2.0","id":1}'],
  ])('but is %s gives one answer, and its reason', async (mode, error) => {
    relay = await faultyRelay({ mode });
    const submission = await relayAt(relay.url).send(await bundle());
    expect(submission).toMatchObject({ relay: 'flashbots', accepted: false });
    expect(submission.error?.replace(/1:\d+$/, '1:<port>')).toBe(`flashbots: ${error}`);
    expect(relay.received).toHaveLength(mode === 'down' ? 0 : 1);
  });

  it.each(['slow', 'dripping'] as const)('but is %s is given up in time', async (mode) => {
    relay = await faultyRelay({ mode });
    expect(await relayAt(relay.url, 100).send(await bundle())).toMatchObject({
      accepted: false,
      error: 'flashbots: no answer within 100 ms',
    });
  });

  it.each(['429', '503'] as const)('but is busy with %s is asked again', async (mode) => {
    const bundleHash = id('bundle');
    relay = await faultyRelay({ mode, times: 2, result: { bundleHash } });
    expect(await relayAt(relay.url).send(await bundle())).toMatchObject({ accepted: true, bundleHash });
    expect(relay.received).toHaveLength(3);
    expect(new Set(relay.received).size).toBe(1);
  });

  it('but stays busy is asked no longer than there is time', async () => {
    relay = await faultyRelay({ mode: '429' });
    expect(await relayAt(relay.url, 1_000).send(await bundle())).toMatchObject({
      accepted: false,
      error: 'flashbots: HTTP 429: rate limited',
    });
    expect(relay.received.length).toBeGreaterThan(1);
  });

  it('but stays busy is not asked again once the slot of the target has begun', async () => {
    relay = await faultyRelay({ mode: '429' });
    const late = await bundle();
    const begun = {
      ...late,
      target: { ...late.target, timestampSeconds: Math.floor(Date.now() / 1000) - 1 },
    };
    expect(await relayAt(relay.url).send(begun)).toMatchObject({
      error: 'flashbots: HTTP 429: rate limited',
    });
    expect(relay.received).toHaveLength(1);
  });

  it('but wants us back after the slot is not waited for', async () => {
    relay = await faultyRelay({ mode: '429', retryAfterSeconds: 60 });
    expect(await relayAt(relay.url).send(await bundle())).toMatchObject({
      error: 'flashbots: HTTP 429: rate limited',
    });
    expect(relay.received).toHaveLength(1);
  });

  it('but closes a connection that was kept open is asked again on a new one', async () => {
    relay = await faultyRelay({ mode: 'hangUpReused', result: { bundleHash: id('bundle') } });
    const client = relayAt(relay.url);
    await client.send(await bundle());
    expect(await client.send(await bundle())).toMatchObject({ accepted: true });
    expect(relay.received).toHaveLength(3);
    expect(relay.received[2]).toBe(relay.received[1]);
  });

  it('gets a request that its documentation describes', async () => {
    relay = await faultyRelay({ mode: 'null' });
    const sent = await bundle();
    await relayAt(relay.url).send(sent);
    const [body = ''] = relay.received;
    expect(JSON.parse(body)).toEqual({
      jsonrpc: '2.0',
      id: 1,
      method: 'eth_sendBundle',
      params: [
        {
          txs: sent.rawTransactions,
          blockNumber: '0x15ef3c0',
          replacementUuid: sent.replacementUuid,
        },
      ],
    });
    const [address, signature = ''] = String(relay.headers[0]?.['x-flashbots-signature']).split(':');
    expect(address).toBe(identity.address);
    expect(verifyMessage(id(body), signature)).toBe(identity.address);
  });

  it('never gets its URL, and the key in it, into an error', async () => {
    relay = await faultyRelay({ mode: 'down' });
    const { error } = await relayAt(`${relay.url}/v1/secret-key?auth=hidden`).send(await bundle());
    expect(error).toContain('ECONNREFUSED');
    expect(error).not.toMatch(/secret-key|hidden/);
  });

  it.each<[RelayFault, boolean]>([
    ['down', false],
    ['errorString', false],
    ['ok200', true],
    ['null', true],
  ])('but is %s, asked to cancel: accepted %s', async (mode, accepted) => {
    relay = await faultyRelay({ mode });
    expect(await relayAt(relay.url).cancel('uuid')).toMatchObject({ accepted, bundleHashes: [] });
  });

  it('is no matter to a signer that fails', async () => {
    relay = await faultyRelay({ mode: 'null' });
    const broken = Wallet.createRandom();
    broken.signMessage = () => Promise.reject(new Error('the key is gone'));
    const options = { name: 'flashbots', url: relay.url, identity: broken, timeoutMs: 100 };
    const submission = await flashbotsRelay({ ...options, clock: systemClock }).send(await bundle());
    expect(submission).toMatchObject({ accepted: false, error: 'flashbots: the key is gone' });
  });
});
