import type { Chain } from '../chain.ts';
import type { Address } from '../hex.ts';
import type { Book } from './book.ts';

/**
 * How a protocol's accounts live outside of memory: as bytes that only the protocol understands. What it does not
 * offer is read from the chain by every process anew.
 */
export interface BookStorage {
  /** All accounts, no piece larger than this; `undefined` where accounts change without a log to follow. */
  freeze(book: Accounts, maxBytes: number): readonly Uint8Array[] | undefined;
  /** These accounts as they are here, gone ones included. */
  freezeAccounts(book: Accounts, addresses: readonly Address[]): Uint8Array;
  /** What `freezeAccounts` was given. */
  addressesIn(bytes: Uint8Array): readonly Address[];
  /** @throws StoreError for bytes that this version of the program did not write */
  thaw(frozen: FrozenAccounts): Accounts;
  /** As `Protocol.readNext`, from what was stored. */
  readNext(chain: Chain, kept: Accounts, blockNumber: number): Promise<Book | undefined>;
  /** Of all who owe, and of whoever may do so without a log that says it. */
  addresses(accounts: Accounts): readonly Address[];
  /** Accounts of which the two say different things. */
  changedAccounts(earlier: Accounts, later: Accounts): readonly Address[];
  /** Whether deltas of the later can follow a snapshot of the earlier. */
  isSameMarket(earlier: Accounts, later: Accounts): boolean;
  /** Some of the accounts by their place in the book, beginning anew after the last. */
  sample(book: Accounts, from: number, count: number): readonly Address[];
  /** Accounts of which the book and the protocol itself say different things at the book's block. */
  readDrift(chain: Chain, book: Book, borrowers: readonly Address[]): Promise<readonly Drift[]>;
  /** The book with these accounts as the chain has them at its block. */
  readAgain(chain: Chain, book: Book, borrowers: readonly Address[]): Promise<Book>;
}

/** Accounts as of a block, with or without a market around them: a book, or what was kept of one. */
export interface Accounts {
  readonly blockNumber: number;
}

export interface FrozenAccounts {
  readonly blockNumber: number;
  readonly chunks: readonly Uint8Array[];
  /** Each block's changes since, in order. */
  readonly deltas: readonly Uint8Array[];
}

/** One account of which the book and its protocol say different things at the same block. */
export interface Drift {
  readonly borrower: Address;
  readonly field: string;
  readonly inBook: bigint;
  readonly onChain: bigint;
}
