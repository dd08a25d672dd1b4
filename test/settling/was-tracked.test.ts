import { expect, test } from 'vitest';
import type { BookStorage } from '../../lib/protocols/book-storage.ts';
import type { ProtocolSource } from '../../lib/protocols/protocol.ts';
import { wasTrackedIn } from '../../lib/settling/was-tracked.ts';
import type { Delta, WatchlistStore } from '../../lib/watchlist-store.ts';

/** A market whose bytes are the addresses themselves, and a snapshot of block 100 with changes in 105 and 110. */
const text = (words: readonly string[]): Uint8Array => new TextEncoder().encode(words.join(' '));
const words = (bytes: Uint8Array | undefined): readonly string[] =>
  new TextDecoder().decode(bytes).split(' ');
const refuse = (): never => {
  throw new Error('not asked');
};
const storage: BookStorage = {
  ...{
    freeze: refuse,
    freezeAccounts: refuse,
    readNext: refuse,
    changedAccounts: refuse,
    isSameMarket: refuse,
  },
  ...{ sample: refuse, readDrift: refuse, readAgain: refuse },
  thaw: ({ blockNumber, chunks }) => Object.assign({ blockNumber }, { who: words(chunks[0]) }),
  addresses: (accounts) => ('who' in accounts && Array.isArray(accounts.who) ? accounts.who : []),
  addressesIn: words,
};
const block = (number: number) => ({ number, hash: `0x${number}` });
const delta = (number: number, who: string): Delta => ({
  block: block(number),
  parent: block(100),
  bytes: text([who]),
});
const head = {
  ...{ version: 1, tip: block(110), cursor: block(110), quarantined: [] },
  ...{
    snapshot: { block: block(100), chunks: 1, writtenAtBlock: 100 },
    owed: { everybody: false, deltas: [] },
  },
};
const store: WatchlistStore = {
  ...{
    delta: refuse,
    putChunks: refuse,
    putDelta: refuse,
    commit: refuse,
    putAccounts: refuse,
    accounts: refuse,
  },
  ...{ putIncident: refuse, incidents: refuse },
  head: async () => head,
  chunks: async () => [text(['0xa', '0xb'])],
  deltas: async () => [delta(105, '0xc'), delta(110, '0xd')],
};
const source: ProtocolSource = {
  protocol: {
    ...{
      id: 'aave-v3',
      discover: refuse,
      read: refuse,
      readAllowedCalls: refuse,
      discoverLiquidations: refuse,
    },
    storage,
  },
  ...{ name: 'core', address: '0x1', deployedAtBlock: 0 },
};

test.each([
  ['of the snapshot', '0xa', 110, true],
  ['changed since, and before', '0xc', 110, true],
  ['changed in that very block', '0xd', 110, false],
  ['never heard of', '0xe', 110, false],
  ['before the snapshot', '0xa', 100, undefined],
])('%s', async (_, borrower, number, expected) => {
  expect(await wasTrackedIn([source], () => store)('aave-v3', borrower, number)).toBe(expected);
});

test('without a store, or of a protocol that is not ours, it cannot be told', async () => {
  expect(await wasTrackedIn([source], undefined)('aave-v3', '0xa', 110)).toBeUndefined();
  expect(await wasTrackedIn([source], () => store)('other', '0xa', 110)).toBeUndefined();
});
