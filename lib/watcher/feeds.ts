import type { Chain } from '../chain.ts';
import type { Address, Hex } from '../hex.ts';
import { decodeReports, isRefused } from '../oracles/decode.ts';
import type { Feed } from '../oracles/feed.ts';
import { decodeHint, type Hint } from '../oracles/hinted-call.ts';
import type { Protocol } from '../protocols/protocol.ts';

/** Which feeds matter to us, as the chain says, and what concerns them. */
export interface WatchedFeeds {
  has(aggregator: Address): boolean;
  /** The block at which the chain last said so. */
  readonly readAtBlock: number;
  /** Whether a text names one of them: dismisses almost every pending transaction, unparsed. Lower case. */
  isNamedIn(text: string): boolean;
  /** Whether the racer should hear of it. */
  concerns(rawTransaction: Hex): boolean;
  concernsHint(hint: Hint, seenAtMs: number): boolean;
  /**
   * Looks the feeds up again, where they were last looked up before this block: their owners replace aggregators
   * and oracles at any time.
   */
  refresh(blockNumber: number): Promise<void>;
}

export async function watchedFeeds(chain: Chain, protocols: readonly Protocol[]): Promise<WatchedFeeds> {
  let { feeds, names, readAtBlock } = await look();
  let looking: Promise<void> | undefined;

  async function look(): Promise<Looked> {
    const { number } = await chain.head();
    // A book without borrowers still knows its feeds.
    const books = await Promise.all(protocols.map((protocol) => protocol.read(chain, [], number)));
    const found = new Map(books.flatMap((book) => [...book.feeds]));
    return { feeds: found, names: [...found.keys()].map(bare), readAtBlock: number };
  }

  function refresh(blockNumber: number): Promise<void> {
    if (blockNumber <= readAtBlock) return Promise.resolve();
    looking ??= look()
      .then((looked) => {
        ({ feeds, names, readAtBlock } = looked);
      })
      .finally(() => {
        looking = undefined;
      });
    return looking;
  }

  return {
    has: (address) => feeds.has(address),
    get readAtBlock() {
      return readAtBlock;
    },
    isNamedIn: (text) => names.some((name) => text.includes(name)),
    concerns: (raw) => isAccepted(decodeReports(raw.toLowerCase(), feeds, chain.chainId)),
    concernsHint: (hint, seenAtMs) => isAccepted(decodeHint(hint, feeds, chain.chainId, seenAtMs)),
    refresh,
  };
}

const isAccepted = (decoded: readonly object[]): boolean => decoded.some((found) => !isRefused(found));

interface Looked {
  readonly feeds: ReadonlyMap<Address, Feed>;
  /** Lower-case hex without `0x`. */
  readonly names: readonly string[];
  readonly readAtBlock: number;
}

const bare = (address: Address): string => address.slice(2).toLowerCase();
