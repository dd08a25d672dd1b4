import type { Head } from '../block.ts';
import type { Chain } from '../chain.ts';
import type { FlashSource } from '../flash/source.ts';
import type { Address } from '../hex.ts';
import type { TokenName } from '../ledger/fact.ts';
import type { Feed } from '../oracles/feed.ts';
import { type HiddenRounds, readHiddenRounds } from '../oracles/read-hidden-rounds.ts';
import { type Liquidity, liquidityOf } from '../planning/liquidity.ts';
import type { Book } from '../protocols/book.ts';
import type { ProtocolSource } from '../protocols/protocol.ts';
import { type BookStart, type ResidentBook, residentBook } from '../protocols/resident-book.ts';
import type { Venue } from '../venues/venue.ts';
import { type TokenNames, tokenNames } from './token-names.ts';

/** All that a race needs to know of the chain, at one block. Read between races, so that a race reads nothing. */
export interface Market {
  readonly head: Head;
  readonly books: readonly Book[];
  /** Of all books, by aggregator: what an update must be addressed to. */
  readonly feeds: ReadonlyMap<Address, Feed>;
  /** Of dual aggregators: rounds that time alone will bring to light. */
  readonly hidden: readonly HiddenRounds[];
  readonly liquidity: Liquidity;
  /** By book, of whom its stored accounts were wrong more than once. */
  readonly quarantined?: ReadonlyMap<Book, ReadonlySet<Address>>;
  /** What the tokens of the books call themselves; nothing is decided by it. */
  readonly tokenNames?: ReadonlyMap<Address, TokenName>;
  /** The operators' next nonces. */
  readonly nonces: ReadonlyMap<Address, number>;
}

/** Where a market is read from. */
export interface MarketSources {
  readonly chain: Chain;
  /** Says what is in the chain right now, where `chain` may answer from memory. */
  readonly node?: Pick<Chain, 'head'>;
  readonly protocols: readonly ProtocolSource[];
  readonly venues: readonly Venue[];
  readonly flashSources: readonly FlashSource[];
  readonly weth: Address;
  readonly operators: readonly Address[];
  /** Where a protocol's accounts are stored; without it they are looked for on the chain. */
  readonly beginBook?: BeginBook | undefined;
  /** Who is not to be raced where. */
  readonly readQuarantined?: (() => Promise<Quarantine>) | undefined;
}

export type Quarantine = ReadonlyMap<ProtocolSource, ReadonlySet<Address>>;

export type BeginBook = (source: ProtocolSource, head: Head) => Promise<BookStart | undefined>;

/** The market as last read, kept in memory by one Lambda environment, which serves one event at a time. */
export interface ResidentMarket {
  /** Reads the market at this head, unless it is the one already known. */
  follow(head: Head): Promise<Market>;
  /** The market as known, read anew only where it is more than `maxAgeBlocks` behind `head`. */
  current(head: Head | undefined, maxAgeBlocks: number): Promise<Market>;
}

export function residentMarket(sources: MarketSources): ResidentMarket {
  const residents = new Map<ProtocolSource, ResidentBook>();
  const names = tokenNames();
  let market: Market | undefined;

  async function follow(head: Head): Promise<Market> {
    // The same block, perhaps now with the time at which it was seen.
    market =
      market?.head.hash === head.hash
        ? { ...market, head: { ...market.head, ...head } }
        : await read(sources, await residentsAt(head), names, head);
    return market;
  }

  const residentsAt = (head: Head): Promise<readonly ResidentBook[]> =>
    Promise.all(sources.protocols.map((source) => residents.get(source) ?? begin(source, head)));

  async function begin(source: ProtocolSource, head: Head): Promise<ResidentBook> {
    const resident = residentBook(source, await sources.beginBook?.(source, head));
    residents.set(source, resident);
    return resident;
  }

  return {
    follow,
    async current(head, maxAgeBlocks) {
      const newest = head ?? (await sources.chain.head());
      return market && newest.number - market.head.number <= maxAgeBlocks ? market : follow(newest);
    },
  };
}

async function read(
  sources: MarketSources,
  residents: readonly ResidentBook[],
  names: TokenNames,
  head: Head,
): Promise<Market> {
  const { chain, venues, flashSources, weth, operators } = sources;
  const books = await Promise.all(residents.map((resident) => resident.read(chain, head, sources.node)));
  const tokens = [...new Set([weth, ...books.flatMap((book) => [...book.assets])])];
  const feeds = new Map(books.flatMap((book) => [...book.feeds]));
  const [pools, lines, nonces, hidden, namesOfTokens, quarantined] = await Promise.all([
    Promise.all(venues.map((venue) => venue.read(chain, tokens, head.number))),
    Promise.all(flashSources.map((source) => source.read(chain, tokens, head.number))),
    Promise.all(operators.map((operator) => chain.nonce(operator, head.number))),
    readHiddenRounds(chain, feeds, head),
    names.read(chain, tokens, head.number),
    sources.readQuarantined?.(),
  ]);
  const liquidity = liquidityOf(weth, pools.flat(), lines.flat());
  return {
    head,
    books,
    feeds,
    hidden,
    liquidity,
    nonces: new Map(operators.map((operator, at) => [operator, nonces[at] ?? 0])),
    tokenNames: namesOfTokens,
    ...(quarantined && { quarantined: byBook(quarantined, sources.protocols, books) }),
  };
}

/** @param books of these protocols, in their order */
const byBook = (
  quarantine: Quarantine,
  protocols: readonly ProtocolSource[],
  books: readonly Book[],
): ReadonlyMap<Book, ReadonlySet<Address>> =>
  new Map(
    books.flatMap((book, at) => {
      const source = protocols[at];
      const borrowers = source && quarantine.get(source);
      return borrowers ? [[book, borrowers] as const] : [];
    }),
  );
