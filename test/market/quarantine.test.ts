import { expect, test } from 'vitest';
import { StoreError } from '../../lib/errors.ts';
import { quarantineOf } from '../../lib/market/begin-book.ts';
import { residentMarket } from '../../lib/market/market.ts';
import type { ProtocolSource } from '../../lib/protocols/protocol.ts';
import type { WatchlistHead, WatchlistStore } from '../../lib/watchlist-store.ts';
import { ToyChain, toyProtocol } from '../support/refresh/toy-protocol.ts';

const [A, B] = ['0xaaaa', '0xbbbb'];
const block = { number: 0, hash: '0x0' };

const headWith = (...borrowers: readonly string[]): WatchlistHead => ({
  ...{ version: 1, snapshot: { block, chunks: 0, writtenAtBlock: 0 }, tip: block, cursor: block },
  owed: { everybody: false, deltas: [] },
  quarantined: borrowers.map((borrower) => ({ borrower, sinceBlock: 0 })),
});

/** Two markets of one protocol, and what the store of each says of itself: a head, or why not. */
function twoMarkets(chain: ToyChain) {
  const says: Record<string, WatchlistHead | Error | undefined> = {};
  const unused = () => Promise.reject(new Error('It is only asked for its head.'));
  const storeOf = ({ address }: Pick<ProtocolSource, 'address'>): WatchlistStore => ({
    async head() {
      const said = says[address];
      if (said instanceof Error) throw said;
      return said;
    },
    ...{ chunks: unused, deltas: unused, delta: unused, putChunks: unused, putDelta: unused },
    ...{ commit: unused, putAccounts: unused, accounts: unused, putIncident: unused, incidents: unused },
  });
  const source = (address: string): ProtocolSource => ({
    ...toyProtocol(chain).source,
    address,
    name: address,
  });
  const lines: string[] = [];
  const protocols = [source('one'), source('other')] as const;
  return { says, lines, protocols, read: quarantineOf(protocols, storeOf, (line) => lines.push(line)) };
}

test('a store that does not answer leaves its own market as it was, and no other', async () => {
  const { says, lines, protocols, read } = twoMarkets(new ToyChain());
  const [one, other] = protocols;
  expect(await read()).toEqual(
    new Map([
      [one, new Set()],
      [other, new Set()],
    ]),
  );
  Object.assign(says, { one: headWith(A), other: headWith(B) });
  expect(await read()).toEqual(
    new Map([
      [one, new Set([A])],
      [other, new Set([B])],
    ]),
  );
  Object.assign(says, { one: new StoreError('It is away.'), other: headWith() });
  expect(await read()).toEqual(
    new Map([
      [one, new Set([A])],
      [other, new Set()],
    ]),
  );
  expect(lines).toEqual(['one: It is away.']);
  says.one = new Error('something else');
  await expect(read()).rejects.toThrow('something else');
});

test('each book of a market has its own quarantine, whatever its protocol is called', async () => {
  const toy = new ToyChain();
  toy.mine({ [A]: 1n, [B]: 2n });
  const { says, protocols, read } = twoMarkets(toy);
  Object.assign(says, { one: headWith(A), other: headWith(B) });
  const chain = { ...toy.asChain(), tryReadAll: async () => [] };
  const market = await residentMarket({
    ...{ chain, protocols, venues: [], flashSources: [], weth: '0xeeee', operators: [] },
    readQuarantined: read,
  }).follow(await chain.head());
  expect(market.books.map((book) => market.quarantined?.get(book))).toEqual([new Set([A]), new Set([B])]);
});
