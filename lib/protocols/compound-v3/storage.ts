import * as v from 'valibot';
import { ContractError } from '../../errors.ts';
import type { Address } from '../../hex.ts';
import { damaged } from '../../watchlist/damaged.ts';
import {
  type AccountRecord,
  decodeRecords,
  encodeRecords,
  encodeTogether,
  type RecordEntry,
} from '../../watchlist/records.ts';
import type { Accounts, BookStorage, FrozenAccounts } from '../book-storage.ts';
import { encodeName, latestRecords, parseName, sampleOf } from '../stored-records.ts';
import { type CometBook, isCometBook } from './book.ts';
import { readDrift } from './read-drift.ts';
import { readAgain, readNext } from './read-next.ts';
import type { Account } from './state.ts';

/** Who owes one Comet, and who may, without its market. */
export interface CometAccounts extends Accounts {
  readonly comet: Address;
  readonly owing: ReadonlyMap<Address, Account>;
  readonly holders: ReadonlySet<Address>;
}

/** The first piece names the Comet; the others are records of accounts, as is each delta. */
export function cometStorage(comet: Address, executor: Address | undefined): BookStorage {
  return {
    freeze(book, maxBytes) {
      const records = addressesOf(book).map((address) => recordOf(accountsOf(book), address));
      return [encodeName({ comet }), ...encodeRecords(records, maxBytes)];
    },
    freezeAccounts: (book, addresses) =>
      encodeTogether(addresses.map((address) => recordOf(accountsOf(book), address))),
    addressesIn: (bytes) => decodeRecords(bytes).map(({ address }) => address),
    thaw,
    readNext(chain, kept, blockNumber) {
      const { owing, holders, blockNumber: before } = accountsOf(kept);
      const earlier = { accounts: owing, holders, blockNumber: before, unaccountedDebt: 0n };
      return readNext(chain, comet, executor, earlier, blockNumber);
    },
    addresses: addressesOf,
    changedAccounts(earlier, later) {
      const [before, after] = [accountsOf(earlier), accountsOf(later)];
      const owing = [...new Set([...before.owing.keys(), ...after.owing.keys()])];
      const changed = owing.filter((one) => !isSame(before.owing.get(one), after.owing.get(one)));
      const met = before.holders === after.holders ? [] : before.holders.symmetricDifference(after.holders);
      return [...new Set([...changed, ...met])];
    },
    isSameMarket: (earlier, later) => accountsOf(earlier).comet === accountsOf(later).comet,
    sample: (book, from, count) => sampleOf(addressesOf(book), from, count),
    readDrift: (chain, book, borrowers) => readDrift(chain, cometBook(book), borrowers),
    readAgain: (chain, book, borrowers) => readAgain(chain, cometBook(book), executor, borrowers),
  };
}

/** Of a book, or of what was kept of one. */
function accountsOf(accounts: Accounts): CometAccounts {
  if (isCometAccounts(accounts)) return accounts;
  const { snapshot, blockNumber } = cometBook(accounts);
  return { blockNumber, comet: snapshot.comet.address, owing: snapshot.accounts, holders: snapshot.holders };
}

function addressesOf(accounts: Accounts): readonly Address[] {
  const { owing, holders } = accountsOf(accounts);
  return [...holders.union(new Set(owing.keys()))];
}

const isCometAccounts = (accounts: Accounts): accounts is CometAccounts =>
  'comet' in accounts && 'owing' in accounts;

function cometBook(book: Accounts): CometBook {
  if (isCometBook(book)) return book;
  throw new ContractError('This book is not one of a Comet: give each protocol its own.');
}

const nameSchema = v.object({ comet: v.string() });

function thaw({ blockNumber, chunks: [name, ...chunks], deltas }: FrozenAccounts): CometAccounts {
  const { comet } = parseName(nameSchema, name);
  const records = [...latestRecords([...chunks, ...deltas]).values()];
  const owing = records.flatMap((record) => {
    const account = accountOf(comet, record);
    return account === undefined ? [] : [[record.address, account] as const];
  });
  const holders = records.filter(({ entries }) => entries.some(isOfHolder)).map(({ address }) => address);
  return { blockNumber, comet, owing: new Map(owing), holders: new Set(holders) };
}

/** What is owed stands under the Comet's own address, each collateral under its own; a holder's mark is empty. */
function recordOf({ comet, owing, holders }: CometAccounts, address: Address): AccountRecord {
  const mark = holders.has(address) ? [{ key: comet, amounts: [] }] : [];
  const account = owing.get(address);
  if (account === undefined) return { address, entries: mark };
  const { principal, assetsIn, collateral } = account;
  const owed = { key: comet, amounts: [-principal, BigInt(assetsIn)] };
  const held = [...collateral].map(([key, amount]) => ({ key, amounts: [amount] }));
  return { address, entries: [...mark, owed, ...held] };
}

const isOfHolder = ({ amounts }: RecordEntry): boolean => amounts.length === 0;

/** `undefined` for one that owes nothing. */
function accountOf(comet: Address, { entries }: AccountRecord): Account | undefined {
  if (entries.some((entry) => isOfHolder(entry) && entry.key !== comet)) throw damaged('it is of no Comet');
  const [owed, ...held] = entries.filter((entry) => !isOfHolder(entry));
  if (owed === undefined) return undefined;
  const [debt, assetsIn] = owed.amounts;
  if (owed.key !== comet || debt === undefined || assetsIn === undefined) throw damaged('it is of no Comet');
  const collateral = new Map(held.map(({ key, amounts: [amount = 0n] }) => [key, amount]));
  return { principal: -debt, assetsIn: Number(assetsIn), collateral };
}

function isSame(one: Account | undefined, other: Account | undefined): boolean {
  if (one === undefined || other === undefined || one === other) return one === other;
  return (
    one.principal === other.principal &&
    one.assetsIn === other.assetsIn &&
    one.collateral.size === other.collateral.size &&
    [...one.collateral].every(([asset, amount]) => other.collateral.get(asset) === amount)
  );
}
