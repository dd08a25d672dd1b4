import { createHmac, randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { dynamoReplayGuard } from '../../lib/adapters/replay-guard.ts';
import { receiveWebhook, type WebhookDeps } from '../../lib/webhook/receive.ts';
import { type LocalDynamo, PATIENCE_MS, startDynamo } from '../support/dynamodb.ts';

const NOW_MS = 1_760_130_000_000;
const OLD_KEY = 'whsec_the_key_that_is_leaving';
const NEW_KEY = 'whsec_the_key_that_is_coming';
const TX = `0x${'ab'.repeat(32)}`;

let dynamo: LocalDynamo;
let deps: WebhookDeps;
let started: object[];

beforeAll(async () => {
  dynamo = await startDynamo();
  const tableName = await dynamo.createTable();
  deps = {
    chainId: 1,
    keys: { alchemy: [OLD_KEY, NEW_KEY], quicknode: [NEW_KEY] },
    guard: dynamoReplayGuard({ tableName, client: dynamo.client, timeoutMs: PATIENCE_MS }),
    clock: { nowMs: () => NOW_MS },
    startRacer: async (event) => {
      started.push(event);
    },
  };
});
beforeEach(() => {
  started = [];
});
afterAll(() => dynamo?.stop());

const hmac = (key: string, ...parts: readonly (string | Uint8Array)[]) =>
  parts.reduce((digest, part) => digest.update(part), createHmac('sha256', key)).digest('hex');

const alchemyBody = (changes: object = {}) =>
  JSON.stringify({
    ...{ webhookId: 'wh_1', id: `whevt_${randomUUID()}`, createdAt: new Date(NOW_MS - 2_000).toISOString() },
    ...{ type: 'ADDRESS_ACTIVITY', event: { activity: [{ hash: TX, blockNum: '0xa' }] } },
    ...changes,
  });

const send = (rawBody: string | Uint8Array, headers: Record<string, string>) =>
  receiveWebhook({ rawBody: Buffer.from(rawBody), headers }, deps);
const fromAlchemy = (body: string, key = NEW_KEY) => send(body, { 'x-alchemy-signature': hmac(key, body) });

const streamBody = JSON.stringify({ data: [{ logs: [] }, [{ transactionHash: TX, blockNumber: '0xa' }]] });

/** Sent in these bytes, signed over those of the body. */
function fromQuickNode(
  body: string,
  sentAtMs = NOW_MS,
  sent: { bytes?: Uint8Array; encoding?: string } = {},
) {
  const [nonce, timestamp] = [randomUUID(), String(Math.floor(sentAtMs / 1000))];
  return send(sent.bytes ?? body, {
    'x-qn-nonce': nonce,
    'x-qn-timestamp': timestamp,
    'x-qn-signature': hmac(NEW_KEY, nonce, timestamp, body),
    ...(sent.encoding && { 'content-encoding': sent.encoding }),
  });
}

const event = (provider: string) => ({
  ...{ chainId: 1, seenAtMs: NOW_MS, source: `webhook:${provider}` },
  confirmed: { transactionHash: TX, blockNumber: 10 },
});

describe('whoever has the key is believed', () => {
  test.each([OLD_KEY, NEW_KEY])('while it is being replaced, either: %s', async (key) => {
    expect(await fromAlchemy(alchemyBody(), key)).toMatchObject({ statusCode: 202 });
    expect(started).toEqual([event('alchemy')]);
  });

  test("Alchemy's custom webhooks name blocks and logs", async () => {
    const log = { transaction: { hash: TX } };
    const block = { number: 10, logs: [log, log] };
    await fromAlchemy(alchemyBody({ event: { data: { block } } }));
    expect(started).toEqual([event('alchemy')]);
  });

  test("QuickNode's nonce and time are signed too", async () => {
    expect(await fromQuickNode(streamBody)).toMatchObject({ statusCode: 202 });
    expect(started).toEqual([event('quicknode')]);
  });

  test('QuickNode compresses what it has signed', async () => {
    const compressed = { bytes: gzipSync(streamBody), encoding: 'gzip' };
    expect(await fromQuickNode(streamBody, NOW_MS, compressed)).toMatchObject({ statusCode: 202 });
  });
});

describe('nobody else learns anything but 401', () => {
  const body = alchemyBody();
  const good = hmac(NEW_KEY, body);

  test.each<[string, string, Record<string, string>]>([
    ['no signature', body, {}],
    ['another key', body, { 'x-alchemy-signature': hmac('whsec_somebody_else_entirely', body) }],
    ['a changed body', body.replace('0xa', '0xb'), { 'x-alchemy-signature': good }],
    ['the same JSON in other bytes', `${body} `, { 'x-alchemy-signature': good }],
    ['a cut signature', body, { 'x-alchemy-signature': good.slice(0, 62) }],
    ['a signature with a tail', body, { 'x-alchemy-signature': `${good}00` }],
    ['a signature that is no hex', body, { 'x-alchemy-signature': 'z'.repeat(64) }],
    ['an empty signature', body, { 'x-alchemy-signature': '' }],
    ['half of the QuickNode headers', body, { 'x-qn-signature': good }],
    ['not even JSON', '{', { 'x-alchemy-signature': good }],
  ])('%s', async (_, sent, headers) => {
    expect(await send(sent, headers)).toEqual({ statusCode: 401 });
    expect(started).toEqual([]);
  });

  test.each([
    ['old', -61_000],
    ['from the future', 61_000],
  ])('a message that is %s', async (_, offsetMs) => {
    const createdAt = new Date(NOW_MS + offsetMs).toISOString();
    expect(await fromAlchemy(alchemyBody({ createdAt }))).toEqual({ statusCode: 401 });
    expect(await fromQuickNode(streamBody, NOW_MS + offsetMs)).toEqual({ statusCode: 401 });
    expect(started).toEqual([]);
  });
});

describe('a message', () => {
  test('that comes again starts nothing, though a hundred come at once', async () => {
    const body = alchemyBody();
    const answers = await Promise.all(Array.from({ length: 100 }, () => fromAlchemy(body)));
    expect(answers.filter(({ statusCode }) => statusCode === 202)).toHaveLength(1);
    expect(started).toHaveLength(1);
  });

  test('of a provider, but of none of its kinds', async () => {
    expect(await fromAlchemy('{"hello": 1}')).toMatchObject({ statusCode: 400 });
    expect(started).toEqual([]);
  });

  test('that is too large is not even hashed', async () => {
    expect(await fromAlchemy(alchemyBody({ padding: 'x'.repeat(600_000) }))).toEqual({ statusCode: 413 });
    const bomb = JSON.stringify(['x'.repeat(2_000_000)]);
    const compressed = { bytes: gzipSync(bomb), encoding: 'gzip' };
    expect(await fromQuickNode(bomb, NOW_MS, compressed)).toEqual({ statusCode: 413 });
  });
});
