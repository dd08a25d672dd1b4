import type { Head } from '../block.ts';
import type { Chain } from '../chain.ts';
import type { Address } from '../hex.ts';
import type { Book } from './book.ts';
import type { Accounts, BookStorage } from './book-storage.ts';
import type { ProtocolSource } from './protocol.ts';

/** One protocol's book, kept up with the chain block by block, back and forth. */
export interface ResidentBook {
  /**
   * As of this head.
   * @param node says whether the head is still there once all is read: the chain, unless it answers from memory
   */
  read(chain: Chain, head: Pick<Head, 'number' | 'hash'>, node?: Pick<Chain, 'head'>): Promise<Book>;
  /** From now on this is what was read at this head, and the next is read from it. */
  adopt(book: Book, head: Pick<Head, 'number' | 'hash'>): void;
}

/** Accounts as some store had them, to begin with. */
export interface BookStart {
  readonly storage: BookStorage;
  readonly accounts: Accounts;
  /** Of the block that they are as of. */
  readonly hash: string;
}

/** Everybody who had borrowed up to a block: nothing but who they are. */
export interface KnownBorrowers {
  readonly borrowers: readonly Address[];
  readonly discoveredTo: number;
}

/** Reorganisations deeper than this have the whole book read again. */
const MOST_REMEMBERED = 64;
/** No chain that was final for so many blocks is replaced. */
const DEEPEST = 256;

interface Remembered {
  readonly number: number;
  readonly hash: string;
  /** Absent at the start. */
  readonly book?: Book;
}

/** @param begun without it all borrowers are looked for from the protocol's first block on */
export function residentBook(
  { protocol, deployedAtBlock }: Pick<ProtocolSource, 'protocol' | 'deployedAtBlock'>,
  begun: BookStart | KnownBorrowers = { borrowers: [], discoveredTo: deployedAtBlock - 1 },
): ResidentBook {
  const start = 'accounts' in begun ? begun : undefined;
  const borrowers = new Set('accounts' in begun ? [] : begun.borrowers);
  let discoveredTo = 'accounts' in begun ? begun.accounts.blockNumber : begun.discoveredTo;
  /** What was known last, in whichever chain. */
  let newest: Accounts | undefined = start?.accounts;
  /** Ascending, each a descendant of the one before. */
  let remembered: readonly Remembered[] =
    start === undefined ? [] : [{ number: start.accounts.blockNumber, hash: start.hash }];

  async function readInFull(chain: Chain, blockNumber: number): Promise<Book> {
    const known = newest && protocol.storage?.addresses(newest);
    for (const borrower of known ?? []) borrowers.add(borrower);
    if (blockNumber > discoveredTo) {
      const range = { fromBlock: discoveredTo + 1, toBlock: blockNumber };
      for (const borrower of await protocol.discover(chain, range)) borrowers.add(borrower);
      discoveredTo = blockNumber;
    }
    return protocol.read(chain, [...borrowers], blockNumber);
  }

  const readOn = async (chain: Chain, { book }: Remembered, blockNumber: number) =>
    book === undefined
      ? start?.storage.readNext(chain, start.accounts, blockNumber)
      : protocol.readNext?.(chain, book, blockNumber);

  /** The start of the chain that this one shares with what is remembered, where none of it is left. */
  const sharedUpTo = (oldest: Remembered | undefined, blockNumber: number): number =>
    Math.max(deployedAtBlock - 1, Math.min(oldest?.number ?? deployedAtBlock, blockNumber) - DEEPEST);

  function remember(book: Book, { number, hash }: Pick<Head, 'number' | 'hash'>): void {
    const kept = book.unprepared?.() ?? book;
    const before = remembered.filter((one) => one.number < number);
    remembered = [...before, { number, hash, book: kept }].slice(-MOST_REMEMBERED);
    newest = kept;
  }

  return {
    adopt: remember,
    async read(chain, { number }, node = chain) {
      const { hash } = await chain.head(number);
      const [oldest, known] = [remembered[0], remembered.at(-1)];
      remembered = await readAncestors(chain, remembered, { number, hash });
      const ancestor = remembered.at(-1);
      // What was discovered in blocks that are gone may be found again elsewhere.
      if (known !== ancestor)
        discoveredTo = Math.min(discoveredTo, ancestor?.number ?? sharedUpTo(oldest, number));
      if (ancestor?.number === number && ancestor.book !== undefined) return ancestor.book;
      const next = ancestor && (await readOn(chain, ancestor, number));
      const book = next ?? (await readInFull(chain, number));
      // A block that was replaced while it was read is read by number from two chains: nothing follows from it.
      if ((await node.head(number)).hash === hash) remember(book, { number, hash });
      return book;
    },
  };
}

/** Those that are still in the chain that has this head. */
async function readAncestors(
  chain: Chain,
  remembered: readonly Remembered[],
  head: { readonly number: number; readonly hash: string },
): Promise<readonly Remembered[]> {
  for (let left = remembered.filter(({ number }) => number <= head.number); ; left = left.slice(0, -1)) {
    const newest = left.at(-1);
    if (newest === undefined) return [];
    const isAncestor =
      newest.number === head.number
        ? newest.hash === head.hash
        : (await chain.head(newest.number)).hash === newest.hash;
    if (isAncestor) return left;
  }
}
