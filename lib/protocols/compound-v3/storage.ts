import * as v from 'valibot';
import { ContractError, StoreError } from '../../errors.ts';
import type { Address } from '../../hex.ts';
import type { Accounts, BookStorage, FrozenAccounts } from '../book-storage.ts';
import { type CometBook, isCometBook } from './book.ts';
import { readDrift } from './read-drift.ts';
import { readAgain, readNext } from './read-next.ts';
import type { Account } from './state.ts';

/** Who owes one Comet, without its market. */
export interface CometAccounts extends Accounts {
  readonly comet: Address;
  readonly owing: ReadonlyMap<Address, Account>;
}

/** The first piece names the Comet; the others are lists of accounts, as is each delta. */
export function cometStorage(comet: Address, executor: Address | undefined): BookStorage {
  return {
    freeze: (book, maxBytes) => [encode(comet), ...chunksOf([...accountsOf(book).owing], maxBytes)],
    freezeAccounts(book, addresses) {
      const { owing } = accountsOf(book);
      return encode(addresses.map((address) => rowOf([address, owing.get(address) ?? GONE])));
    },
    addressesIn: (bytes) => accountsIn(bytes).map(([address]) => address),
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
      return all.filter((one) => text(before.get(one)) !== text(after.get(one)));
    },
    isSameMarket: (earlier, later) => accountsOf(earlier).comet === accountsOf(later).comet,
    sample(book, from, count) {
      const all = [...accountsOf(book).owing.keys()];
      const start = all.length === 0 ? 0 : from % all.length;
      return [...all.slice(start), ...all.slice(0, start)].slice(0, count);
    },
    readDrift: (chain, book, borrowers) => readDrift(chain, cometBook(book), borrowers),
    readAgain: (chain, book, borrowers) => readAgain(chain, cometBook(book), executor, borrowers),
  };
}

const GONE: Account = { principal: 0n, assetsIn: 0, collateral: new Map() };

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

const amountSchema = v.pipe(
  v.string(),
  v.transform((digits) => BigInt(digits)),
);
const rowSchema = v.tuple([
  v.string(),
  amountSchema,
  v.number(),
  v.array(v.tuple([v.string(), amountSchema])),
]);

function thaw({ blockNumber, chunks: [name, ...chunks], deltas }: FrozenAccounts): CometAccounts {
  const comet = parsed(v.string(), name);
  const rows = [...chunks, ...deltas].flatMap(accountsIn);
  const owing = [...new Map(rows)].filter(([, { principal }]) => principal < 0n);
  return { blockNumber, comet, owing: new Map(owing) };
}

const accountsIn = (bytes: Uint8Array): readonly (readonly [Address, Account])[] =>
  parsed(v.array(rowSchema), bytes).map(([address, principal, assetsIn, collateral]) => [
    address,
    { principal, assetsIn, collateral: new Map(collateral) },
  ]);

function parsed<S extends v.GenericSchema>(schema: S, bytes: Uint8Array | undefined): v.InferOutput<S> {
  const json = v.safeParse(v.pipe(v.string(), v.parseJson()), new TextDecoder().decode(bytes));
  const result = v.safeParse(schema, json.output);
  if (result.success) return result.output;
  throw new StoreError('The stored accounts are not those of a Comet: run the backfill again.');
}

type Row = readonly [Address, string, number, readonly (readonly [Address, string])[]];

const rowOf = ([address, { principal, assetsIn, collateral }]: readonly [Address, Account]): Row => [
  ...([address, `${principal}`, assetsIn] as const),
  [...collateral].map(([asset, amount]) => [asset, `${amount}`] as const),
];

const text = (account: Account | undefined): string => JSON.stringify(rowOf(['', account ?? GONE]));

const encode = (value: Row[] | string): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/** Each as full as it may be. */
function chunksOf(
  accounts: readonly (readonly [Address, Account])[],
  maxBytes: number,
): readonly Uint8Array[] {
  const chunks: Row[][] = [[]];
  let bytes = BRACKETS;
  for (const row of accounts.map(rowOf)) {
    const size = JSON.stringify(row).length + COMMA;
    if (bytes + size > maxBytes) {
      chunks.push([]);
      bytes = BRACKETS;
    }
    chunks.at(-1)?.push(row);
    bytes += size;
  }
  return chunks.map(encode);
}

const BRACKETS = 2;
const COMMA = 1;
