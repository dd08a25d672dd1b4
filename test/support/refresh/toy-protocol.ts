import { id } from 'ethers';
import type { Chain } from '../../../lib/chain.ts';
import { ChainError } from '../../../lib/errors.ts';
import type { Address } from '../../../lib/hex.ts';
import type { Book } from '../../../lib/protocols/book.ts';
import type { Accounts, BookStorage, Drift } from '../../../lib/protocols/book-storage.ts';
import type { ProtocolSource } from '../../../lib/protocols/protocol.ts';
import type { BlockName } from '../../../lib/watchlist-store.ts';

/** A lending protocol of one number an account, on a chain of one's own making: for what is about storing alone. */
export type Balances = ReadonlyMap<Address, bigint>;

export interface ToyBook extends Book {
  readonly balances: Balances;
}

interface ToyBlock extends BlockName {
  /** Accounts whose number changed in this block. */
  readonly changed: readonly Address[];
  readonly balances: Balances;
}

export class ToyChain {
  /** What the node leaves out of its logs. */
  readonly silent = new Set<Address>();
  #blocks: ToyBlock[] = [{ number: 0, hash: id('genesis'), changed: [], balances: new Map() }];

  get head(): ToyBlock {
    return this.blockAt(this.#blocks.length - 1);
  }

  blockAt(number: number): ToyBlock {
    const block = this.#blocks[number];
    if (block === undefined) throw new ChainError(`There is no block ${number}.`);
    return block;
  }

  /** A block more in which these accounts get these numbers; 0 owes nothing. */
  mine(changes: Readonly<Record<Address, bigint>>): BlockName {
    const balances = new Map(this.head.balances);
    for (const [address, balance] of Object.entries(changes)) balances.set(address, balance);
    const number = this.#blocks.length;
    const content = Object.entries(changes).join();
    const hash = id(`${this.head.hash} ${content} ${number}`);
    this.#blocks.push({ number, hash, changed: Object.keys(changes), balances });
    return { number, hash };
  }

  /** Without its newest blocks. */
  turnBack(blocks: number): void {
    this.#blocks = this.#blocks.slice(0, -blocks);
  }

  changedIn(fromBlock: number, toBlock: number): readonly Address[] {
    const range = this.#blocks.slice(fromBlock, toBlock + 1);
    return range.flatMap(({ changed }) => changed).filter((address) => !this.silent.has(address));
  }

  /** As far as storing asks a chain anything. */
  asChain(): Chain {
    const unused = () => Promise.reject(new ChainError('A toy has no contracts.'));
    const head = async (number = this.head.number) => {
      const { hash } = this.blockAt(number);
      return { number, hash, timestampSeconds: number * 12, nextBaseFeeWei: 1n };
    };
    return {
      ...{ chainId: 1, head, readAll: unused, tryReadAll: unused, logs: unused, receipt: unused },
      ...{ seal: unused, transferredTo: unused, transaction: unused, nonce: unused },
    };
  }
}

/** @param read how often the whole book was read is counted here */
export function toyProtocol(
  chain: ToyChain,
  read: { inFull: number } = { inFull: 0 },
): { readonly source: ProtocolSource; readonly storage: BookStorage } {
  const storage = toyStorage(chain);
  const protocol: ProtocolSource['protocol'] = {
    id: 'toy',
    discover: async (_, { fromBlock, toBlock }) => chain.changedIn(fromBlock, toBlock),
    async read(_, borrowers, blockNumber) {
      read.inFull += 1;
      return toyBook(blockNumber, owing(borrowers, chain.blockAt(blockNumber).balances));
    },
    async readNext(_, earlier, blockNumber) {
      return next(chain, earlier, blockNumber);
    },
    readAllowedCalls: async () => [],
    discoverLiquidations: async () => [],
    storage,
  };
  return { source: { protocol, name: 'toy', address: '0xtoy', deployedAtBlock: 0 }, storage };
}

export const balancesOf = (accounts: Accounts): Balances => {
  if ('balances' in accounts && accounts.balances instanceof Map) return accounts.balances;
  throw new Error('Not a toy.');
};

function toyStorage(chain: ToyChain): BookStorage {
  const pick = (balances: Balances, addresses: readonly Address[]) =>
    bytesOf(addresses.map((address) => [address, balances.get(address) ?? 0n]));
  return {
    freeze: (book, maxBytes) => pieces([...balancesOf(book)], maxBytes),
    freezeAccounts: (book, addresses) => pick(balancesOf(book), addresses),
    addressesIn: (bytes) => entriesIn(bytes).map(([address]) => address),
    thaw: ({ blockNumber, chunks, deltas }) =>
      toyBook(blockNumber, owingOf([...chunks, ...deltas].flatMap(entriesIn))),
    readNext: async (_, accounts, blockNumber) => next(chain, accounts, blockNumber),
    addresses: (accounts) => [...balancesOf(accounts).keys()],
    changedAccounts(earlier, later) {
      const [one, other] = [balancesOf(earlier), balancesOf(later)];
      return [...new Set([...one.keys(), ...other.keys()])].filter((who) => one.get(who) !== other.get(who));
    },
    isSameMarket: () => true,
    sample: (book, from, count) => {
      const all = [...balancesOf(book).keys()];
      return Array.from(
        { length: Math.min(count, all.length) },
        (_, at) => all[(from + at) % all.length] ?? '',
      );
    },
    async readDrift(_, book, borrowers) {
      const truth = chain.blockAt(book.blockNumber).balances;
      return borrowers.flatMap((borrower): Drift[] => {
        const [inBook, onChain] = [balancesOf(book).get(borrower) ?? 0n, truth.get(borrower) ?? 0n];
        return inBook === onChain ? [] : [{ borrower, field: 'balance', inBook, onChain }];
      });
    },
    async readAgain(_, book, borrowers) {
      const truth = chain.blockAt(book.blockNumber).balances;
      return toyBook(
        book.blockNumber,
        owingOf([...balancesOf(book), ...borrowers.map((who) => [who, truth.get(who) ?? 0n] as const)]),
      );
    },
  };
}

function next(chain: ToyChain, earlier: Accounts, blockNumber: number): ToyBook {
  const { balances } = chain.blockAt(blockNumber);
  const changed = chain.changedIn(earlier.blockNumber + 1, blockNumber);
  const entries = changed.map((who) => [who, balances.get(who) ?? 0n] as const);
  return toyBook(blockNumber, owingOf([...balancesOf(earlier), ...entries]));
}

const toyBook = (blockNumber: number, balances: Balances): ToyBook => ({
  ...{ protocol: 'toy', blockNumber, balances, assets: new Set(), feeds: new Map() },
  opportunities: () => [],
});

const owing = (borrowers: readonly Address[], balances: Balances): Balances =>
  owingOf(borrowers.map((who) => [who, balances.get(who) ?? 0n]));

/** The last entry of each account counts. */
const owingOf = (entries: readonly (readonly [Address, bigint])[]): Balances =>
  new Map([...new Map(entries)].filter(([, balance]) => balance > 0n));

const bytesOf = (entries: readonly (readonly [Address, bigint])[]): Uint8Array =>
  new TextEncoder().encode(entries.map(([address, balance]) => `${address}=${balance};`).join(''));

const entriesIn = (bytes: Uint8Array): (readonly [Address, bigint])[] =>
  new TextDecoder()
    .decode(bytes)
    .split(';')
    .filter((entry) => entry.length > 0)
    .map((entry) => {
      const [address = '', balance = '0'] = entry.split('=');
      return [address, BigInt(balance)] as const;
    });

function pieces(entries: readonly (readonly [Address, bigint])[], maxBytes: number): readonly Uint8Array[] {
  const half = Math.ceil(entries.length / 2);
  const whole = bytesOf(entries);
  // Never one piece alone: what reads them has to put them together.
  return whole.length > maxBytes / 1e4 && half > 0
    ? [bytesOf(entries.slice(0, half)), bytesOf(entries.slice(half))]
    : [whole];
}
