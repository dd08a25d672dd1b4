import { afterAll, beforeAll, expect, test } from 'vitest';
import { dynamoWatchlistStore } from '../../lib/adapters/watchlist-store.ts';
import { StoreError } from '../../lib/errors.ts';
import { newHeadIn } from '../../lib/refresh/event.ts';
import { refresherOf, tellFailures } from '../../lib/refresh/refresh.ts';
import { type LocalDynamo, PATIENCE_MS, startDynamo } from '../support/dynamodb.ts';
import { ToyChain, toyProtocol } from '../support/refresh/toy-protocol.ts';

let dynamo: LocalDynamo;
beforeAll(async () => {
  dynamo = await startDynamo();
});
afterAll(() => dynamo.stop());

const A = `0x${'a'.repeat(40)}`;

test('one market’s fault keeps no other from being stored; what cannot be stored is left alone', async () => {
  const tableName = await dynamo.createTable();
  const chain = new ToyChain();
  const { source } = toyProtocol(chain);
  const { storage: _, ...bare } = source.protocol;
  const broken = { ...source.protocol, read: () => Promise.reject(new Error('It is broken.')) };
  const protocols = [
    { ...source, name: 'good', address: '0x1' },
    { ...source, name: 'broken', address: '0x2', protocol: broken },
    { ...source, name: 'bare', address: '0x3', protocol: bare },
  ];
  const options = { client: dynamo.client, tableName, nowMs: () => 0, timeoutMs: PATIENCE_MS };
  const refresher = refresherOf({
    ...{ chain: chain.asChain(), protocols, onDrift: () => undefined },
    storeOf: ({ address }) => dynamoWatchlistStore({ ...options, market: address }),
  });
  const refreshed = await refresher.follow(chain.mine({ [A]: 1n }));
  expect(refreshed).toEqual([
    { market: 'good', blockNumber: 1, kept: 'stored', changed: 0 },
    { market: 'broken', blockNumber: 1, kept: 'failed', error: 'Error: It is broken.' },
  ]);
  expect(() => tellFailures(refreshed, () => undefined)).toThrow(StoreError);

  for (let block = 0; block < 3; block++) chain.mine({});
  expect((await refresher.catchUp())[0]).toMatchObject({ market: 'good', kept: 'fresh' });
  chain.mine({ [A]: 2n });
  expect((await refresher.catchUp())[0]).toMatchObject({ market: 'good', kept: 'stored', changed: 1 });
});

test('a market that needs a backfill says so, and is no fault', () => {
  const lines: string[] = [];
  tellFailures([{ market: 'large', blockNumber: 9, kept: 'needsBackfill' }], (line) => lines.push(line));
  expect(lines).toEqual(['large: nothing is stored, and its history is long: run `liquidator backfill`.']);
});

test('a new head is one, bare or in an envelope; a schedule’s event is none', () => {
  const hash = `0x${'1'.repeat(64)}`;
  const head = { number: 7, hash, timestampSeconds: 84, nextBaseFeeWei: '5' };
  expect(newHeadIn({ chainId: 1, head })).toMatchObject({ number: 7, hash });
  expect(newHeadIn({ 'detail-type': 'NewHead', detail: { chainId: 1, head } })).toMatchObject({ number: 7 });
  expect(newHeadIn({ 'detail-type': 'Scheduled Event', detail: {} })).toBe(undefined);
  expect(newHeadIn(null)).toBe(undefined);
});
