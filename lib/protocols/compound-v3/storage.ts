import * as v from 'valibot';
import { ContractError } from '../../errors.ts';
import type { Address } from '../../hex.ts';
import { damaged } from '../../watchlist/damaged.ts';
import { type AccountRecord, decodeRecords, encodeRecords, encodeTogether } from '../../watchlist/records.ts';
import type { Accounts, BookStorage, FrozenAccounts } from '../book-storage.ts';
import { encodeName, latestRecords, parseName, sampleOf } from '../stored-records.ts';
import { type CometBook, isCometBook } from './book.ts';
import { readDrift } from './read-drift.ts';
import { readAgain, readNext } from './read-next.ts';
import type { Account } from './state.ts';

/** Who owes one Comet, without its market. */
export interface CometAccounts extends Accounts {
  readonly comet: Address;
  readonly owing: ReadonlyMap<Address, Account>;
}

/** The first piece names the Comet; the others are records of accounts, as is each delta. */
export function cometStorage(comet: Address, executor: Address | undefined): BookStorage {
  return {
    freeze(book, maxBytes) {
      const records = [...accountsOf(book).owing].map(([address, account]) =>
        recordOf(comet, address, account),
      );
      return [encodeName({ comet }), ...encodeRecords(records, maxBytes)];
    },
    freezeAccounts(book, addresses) {
      const { owing } = accountsOf(book);
      return encodeTogether(addresses.map((address) => recordOf(comet, address, owing.get(address))));
    },
    addressesIn: (bytes) => decodeRecords(bytes).map(({ address }) => address),
    thaw,
    readNext(chain, kept, blockNumber) {
      const { owing, blockNumber: before } = accountsOf(kept);
      const earlier = { accounts: owing, blockNumber: before, unaccountedDebt: 0n };
      return readNext(chain, comet, executor, earlier, blockNumber);
    },
    addresses: (accounts) => [...accountsOf(accounts).owing.keys()],
    changedAccounts(earlier, later) {
      const [before, after] = [accountsOf(earlier).owing, accountsOf(later).owing];
      const all = [...new Set([...before.keys(), ...after.keys()])];
      return all.filter((one) => !isSame(before.get(one), after.get(one)));
    },
    isSameMarket: (earlier, later) => accountsOf(earlier).comet === accountsOf(later).comet,
    sample: (book, from, count) => sampleOf([...accountsOf(book).owing.keys()], from, count),
    readDrift: (chain, book, borrowers) => readDrift(chain, cometBook(book), borrowers),
    readAgain: (chain, book, borrowers) => readAgain(chain, cometBook(book), executor, borrowers),
  };
}

/** Of a book, or of what was kept of one. */
function accountsOf(accounts: Accounts): CometAccounts {
  if (isCometAccounts(accounts)) return accounts;
  const { snapshot, blockNumber } = cometBook(accounts);
  return { blockNumber, comet: snapshot.comet.address, owing: snapshot.accounts };
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
  return { blockNumber, comet, owing: new Map(owing) };
}

/** What is owed stands under the Comet's own address, each collateral under its own. */
function recordOf(comet: Address, address: Address, account: Account | undefined): AccountRecord {
  if (account === undefined) return { address, entries: [] };
  const { principal, assetsIn, collateral } = account;
  const owed = { key: comet, amounts: [-principal, BigInt(assetsIn)] };
  return {
    address,
    entries: [owed, ...[...collateral].map(([key, amount]) => ({ key, amounts: [amount] }))],
  };
}

/** `undefined` for one that owes nothing any more. */
function accountOf(comet: Address, { entries: [owed, ...held] }: AccountRecord): Account | undefined {
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
