import { expect, test } from 'vitest';
import type { Relay } from '../../lib/adapters/relay.ts';
import type { Bundle, OracleUpdate } from '../../lib/domain.ts';
import { standingAt } from '../../lib/racing/standing.ts';

const update = (epochAndRound: number, aggregator = '0xfeed'): OracleUpdate => ({
  ...{ id: `0x${epochAndRound}`, chainId: 1, aggregator, answer: 1n, epochAndRound, observedAtSeconds: 0 },
  ...{ seenAtMs: 0, source: 'test', trigger: { kind: 'timer', reason: 'cutoff' } },
});

const bundle = (number: number, behind?: Bundle['behind']): Bundle => ({
  updateId: '0x1',
  target: { number, timestampSeconds: 0, baseFeeWei: 0n },
  ...{ rawTransactions: [], ownTransactionHashes: ['0x2'], replacementUuid: `uuid-${number}`, behind },
});

function relayNamed(name: string, error?: string): Relay & { readonly cancelled: string[] } {
  const cancelled: string[] = [];
  return {
    ...{ name, cancelled, takes: ({ behind }) => behind === undefined },
    send: async () => ({ relay: name, accepted: true, tookMs: 0 }),
    async cancel(uuid) {
      cancelled.push(uuid);
      return {
        relay: name,
        accepted: error === undefined,
        bundleHashes: [],
        tookMs: 0,
        ...(error ? { error } : {}),
      };
    },
  };
}

test('a newer round that opens nothing takes back every block of the older one, at every builder', async () => {
  const [one, other] = [relayNamed('one'), relayNamed('other', 'other: no')];
  const standing = standingAt([one, other]);
  await standing.send(update(7), [bundle(101), bundle(102)], 1n);
  expect(await standing.takeBack(update(8), { number: 100 })).toEqual([
    {
      reason: 'takenBack',
      numbers: {
        of: '0x7',
        'one, block 101': 'accepted',
        'one, block 102': 'accepted',
        'other, block 101': 'other: no',
        'other, block 102': 'other: no',
      },
    },
  ]);
  expect(one.cancelled).toEqual(['uuid-101', 'uuid-102']);
  expect(await standing.takeBack(update(8), { number: 100 })).toEqual([]);
});

test.each<[string, OracleUpdate, number]>([
  ['an older round that comes late', update(6), 100],
  ['another feed', update(8, '0xother'), 100],
  ['a block that has passed', update(8), 101],
])('%s takes nothing back', async (_, later, headBlock) => {
  const relay = relayNamed('one');
  const standing = standingAt([relay]);
  await standing.send(update(7), [bundle(101)], 1n);
  expect(await standing.takeBack(later, { number: headBlock })).toEqual([]);
  expect(relay.cancelled).toEqual([]);
});

test('a builder that was never sent it is not asked', async () => {
  const relay = relayNamed('one');
  const standing = standingAt([relay]);
  await standing.send(update(7), [bundle(101, { hash: '0x3', call: { to: '0x4', data: '0x' } })], 1n);
  expect(await standing.takeBack(update(7), { number: 100 })).toEqual([
    { reason: 'takenBack', numbers: { of: '0x7' } },
  ]);
  expect(relay.cancelled).toEqual([]);
});

test('what waits for a later block is known, and forgotten with its last', async () => {
  const standing = standingAt([]);
  await standing.send(update(7), [bundle(101), bundle(102)], 1n);
  expect(standing.waiting(101)).toEqual([{ update: update(7), promisedWei: 1n }]);
  expect(standing.waiting(102)).toEqual([]);
});
