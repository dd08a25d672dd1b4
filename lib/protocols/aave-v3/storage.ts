import * as v from 'valibot';
import { ContractError } from '../../errors.ts';
import type { Address } from '../../hex.ts';
import {
  type AccountTable,
  AccountTableBuilder,
  addressAt,
  type Entry,
  entryAt,
} from '../../watchlist/account-table.ts';
import { decodeSnapshot, encodeRows, encodeSnapshot } from '../../watchlist/snapshot.ts';
import { watchlistOfTable } from '../../watchlist/watchlist.ts';
import type { Accounts, BookStorage, FrozenAccounts } from '../book-storage.ts';
import { encodeName, parseName } from '../stored-records.ts';
import { type AaveBook, type Borrowers, bookWith, isAaveBook, withAccounts } from './book.ts';
import type { AaveAddresses } from './read.ts';
import { readAccountsAt } from './read-accounts-at.ts';
import { readDrift } from './read-drift.ts';
import { readNext } from './read-next.ts';
import { type FollowedMarket, followedMarket, isSameMarket } from './touched.ts';

/** Aave's accounts without their market, and which market's they are. */
export interface AaveAccounts extends Accounts {
  readonly market: FollowedMarket;
  readonly borrowers: Borrowers;
}

export const isAaveAccounts = (accounts: Accounts): accounts is AaveAccounts =>
  'market' in accounts && 'borrowers' in accounts;

/** The first piece names the market; the others are snapshots, as is each delta. */
export function aaveStorage(addresses: AaveAddresses): BookStorage {
  return {
    freeze(book, maxBytes) {
      const { market, borrowers } = accountsOf(book);
      if (market.hasStableDebt) return undefined;
      return [encodeName(market), ...encodeSnapshot(borrowers.watchlist.table(), maxBytes)];
    },
    freezeAccounts(book, accounts) {
      const { watchlist } = accountsOf(book).borrowers;
      const gone = (address: Address): Entry => ({ address, group: 0, holdings: [] });
      return encodeAll(accounts.map((address) => watchlist.entry(address) ?? gone(address)));
    },
    addressesIn: (bytes) => addressesOf(decodeSnapshot([bytes])),
    thaw,
    readNext: (chain, kept, blockNumber) => readNext(chain, addresses, accountsOf(kept), blockNumber),
    addresses: (accounts) => addressesOf(accountsOf(accounts).borrowers.watchlist.table()),
    changedAccounts: (earlier, later) =>
      accountsOf(later).borrowers.watchlist.changedSince(accountsOf(earlier).borrowers.watchlist),
    isSameMarket: (earlier, later) => isSameMarket(accountsOf(earlier).market, accountsOf(later).market),
    sample: (book, from, count) => accountsOf(book).borrowers.watchlist.sample(from, count),
    readDrift: (chain, book, borrowers) => readDrift(chain, aaveBook(book), borrowers),
    async readAgain(chain, book, borrowers) {
      const { state, borrowers: known } = aaveBook(book);
      const accounts = await readAccountsAt(chain, addresses, borrowers, state.blockNumber);
      return bookWith(state, withAccounts(known, accounts));
    },
  };
}

/** Of a book, or of what was kept of one. */
export function accountsOf(accounts: Accounts): AaveAccounts {
  if (isAaveAccounts(accounts)) return accounts;
  const { state, borrowers, blockNumber } = aaveBook(accounts);
  return { blockNumber, market: followedMarket(state.pool), borrowers };
}

function thaw({ blockNumber, chunks: [name, ...chunks], deltas }: FrozenAccounts): AaveAccounts {
  const market = parseName(marketSchema, name);
  const changed = deltas.flatMap((bytes) => entriesOf(decodeSnapshot([bytes])));
  const watchlist = watchlistOfTable(decodeSnapshot(chunks)).withChanges(changed);
  return { blockNumber, market, borrowers: { watchlist, stable: new Map() } };
}

const marketSchema = v.object({
  ...{ pool: v.string(), revision: v.number(), hasStableDebt: v.boolean() },
  tokens: v.array(v.string()),
});

function encodeAll(entries: readonly Entry[]): Uint8Array {
  const builder = new AccountTableBuilder(entries.length);
  for (const entry of entries) builder.add(entry);
  return encodeRows(builder.build());
}

const entriesOf = (table: AccountTable): readonly Entry[] =>
  Array.from({ length: table.size }, (_, row) => entryAt(table, row));

const addressesOf = (table: AccountTable): readonly Address[] =>
  Array.from({ length: table.size }, (_, row) => addressAt(table, row));

function aaveBook(book: Accounts): AaveBook {
  if (isAaveBook(book)) return book;
  throw new ContractError('This book is not one of Aave: give each protocol its own.');
}
