import * as v from 'valibot';
import { ContractError } from '../../errors.ts';
import { decodeRecords, encodeRecords, encodeTogether } from '../../watchlist/records.ts';
import type { Accounts, BookStorage, FrozenAccounts } from '../book-storage.ts';
import { encodeName, latestRecords, parseName, sampleOf } from '../stored-records.ts';
import { isMorphoBook, type MorphoBook } from './book.ts';
import type { MarketIndex, MorphoAddresses } from './market-index.ts';
import { borrowersIn, changedBetween, holdersIn, type Owing } from './owing.ts';
import { readDrift } from './read-drift.ts';
import { readAgain, readNext } from './read-next.ts';
import { owingIn, recordOf, recordsOf } from './records.ts';

/** Who owes one Morpho, without its markets. */
export interface MorphoAccounts extends Accounts {
  readonly name: MorphoName;
  readonly owing: Owing;
}

/** What the logs come from that the accounts were followed by. */
export type MorphoName = v.InferOutput<typeof nameSchema>;

const nameSchema = v.object({
  morpho: v.string(),
  /** Absent where nobody's consent was looked for. */
  preLiquidationFactory: v.optional(v.string()),
});

/** The first piece names the Morpho; the others are records of borrowers and contracts, as is each delta. */
export function morphoStorage(addresses: MorphoAddresses, index: MarketIndex): BookStorage {
  const { morpho, preLiquidationFactory } = addresses;
  const name: MorphoName = { morpho, ...(preLiquidationFactory !== undefined && { preLiquidationFactory }) };
  const accountsOf = (accounts: Accounts): MorphoAccounts => {
    if (isMorphoAccounts(accounts)) return accounts;
    const { snapshot, blockNumber } = morphoBook(accounts);
    return { blockNumber, name, owing: snapshot.owing };
  };
  const isOurs = (accounts: Accounts): boolean => isSameName(accountsOf(accounts).name, name);
  return {
    freeze: (book, maxBytes) => [
      encodeName(accountsOf(book).name),
      ...encodeRecords(recordsOf(accountsOf(book).owing), maxBytes),
    ],
    freezeAccounts: (book, borrowers) =>
      encodeTogether(borrowers.map((borrower) => recordOf(accountsOf(book).owing, borrower))),
    addressesIn: (bytes) => decodeRecords(bytes).map(({ address }) => address),
    thaw,
    async readNext(chain, kept, blockNumber) {
      if (!isOurs(kept)) return undefined;
      const { owing, blockNumber: before } = accountsOf(kept);
      index.remember(holdersIn(owing));
      return readNext(
        chain,
        addresses,
        index,
        { owing, blockNumber: before, unaccounted: new Map() },
        blockNumber,
      );
    },
    addresses: (accounts) => borrowersIn(accountsOf(accounts).owing),
    changedAccounts: (earlier, later) => changedBetween(accountsOf(earlier).owing, accountsOf(later).owing),
    isSameMarket: (earlier, later) => isSameName(accountsOf(earlier).name, accountsOf(later).name),
    sample: (book, from, count) => sampleOf(borrowersIn(accountsOf(book).owing), from, count),
    readDrift: (chain, book, borrowers) => readDrift(chain, morphoBook(book), borrowers),
    readAgain: (chain, book, borrowers) => readAgain(chain, index, morphoBook(book), borrowers),
  };
}

function thaw({ blockNumber, chunks: [name, ...chunks], deltas }: FrozenAccounts): MorphoAccounts {
  const records = latestRecords([...chunks, ...deltas]);
  return { blockNumber, name: parseName(nameSchema, name), owing: owingIn(records.values()) };
}

const isMorphoAccounts = (accounts: Accounts): accounts is MorphoAccounts =>
  'name' in accounts && 'owing' in accounts;

const isSameName = (one: MorphoName, other: MorphoName): boolean =>
  one.morpho === other.morpho && one.preLiquidationFactory === other.preLiquidationFactory;

function morphoBook(book: Accounts): MorphoBook {
  if (isMorphoBook(book)) return book;
  throw new ContractError('This book is not one of Morpho Blue: give each protocol its own.');
}
