import type { Head } from '../block.ts';
import type { Chain } from '../chain.ts';
import type { Address } from '../hex.ts';
import type { Book, ProtocolSource } from './protocol.ts';

/** One protocol's book, kept up with the chain block by block, back and forth. */
export interface ResidentBook {
  /** As of this head. */
  read(chain: Chain, head: Pick<Head, 'number' | 'hash'>): Promise<Book>;
}

/** Reorganisations deeper than this have the whole book read again. */
const MOST_REMEMBERED = 64;

interface Remembered {
  readonly number: number;
  readonly hash: string;
  readonly book: Book;
}

export function residentBook({
  protocol,
  deployedAtBlock,
}: Pick<ProtocolSource, 'protocol' | 'deployedAtBlock'>): ResidentBook {
  const borrowers = new Set<Address>();
  let discoveredTo = deployedAtBlock - 1;
  /** Ascending, each a descendant of the one before. */
  let remembered: readonly Remembered[] = [];

  async function readInFull(chain: Chain, blockNumber: number): Promise<Book> {
    if (blockNumber > discoveredTo) {
      const range = { fromBlock: discoveredTo + 1, toBlock: blockNumber };
      for (const borrower of await protocol.discover(chain, range)) borrowers.add(borrower);
      discoveredTo = blockNumber;
    }
    return protocol.read(chain, [...borrowers], blockNumber);
  }

  return {
    async read(chain, { number }) {
      const { hash } = await chain.head(number);
      const known = remembered.at(-1);
      remembered = await readAncestors(chain, remembered, { number, hash });
      const ancestor = remembered.at(-1);
      // What was discovered in blocks that are gone may be found again elsewhere.
      if (known !== ancestor) discoveredTo = Math.min(discoveredTo, ancestor?.number ?? deployedAtBlock - 1);
      if (ancestor?.number === number) return ancestor.book;
      const next = ancestor && (await protocol.readNext?.(chain, ancestor.book, number));
      const book = next ?? (await readInFull(chain, number));
      // A block that was replaced while it was read is read by number from two chains: nothing follows from it.
      if ((await chain.head(number)).hash === hash) {
        remembered = [...remembered, { number, hash, book: book.unprepared?.() ?? book }].slice(
          -MOST_REMEMBERED,
        );
      }
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
