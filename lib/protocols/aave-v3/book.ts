import type { TargetBlock } from '../../block.ts';
import type { Opportunity } from '../../domain.ts';
import type { Address } from '../../hex.ts';
import { answersAfter } from '../../oracles/price-source.ts';
import type { PriceChange } from '../../price-change.ts';
import { type Watchlist, watchlistOf } from '../../watchlist/watchlist.ts';
import type { Book } from '../book.ts';
import type { Accounts } from '../book-storage.ts';
import { type Market, marketAt } from './accrual.ts';
import { accountOf, columnsOfAccount, entryOf, marketValuation, watchedFeed } from './columns.ts';
import { flaggedReserves } from './configuration.ts';
import { nearestAccounts } from './nearest.ts';
import { opportunitiesOf, PROTOCOL } from './opportunity.ts';
import { priceOf } from './prices.ts';
import type { MarketState, Snapshot } from './read.ts';
import type { Account } from './state.ts';

/** The market and its borrowers, resident in memory; every price update is asked of it without a read. */
export interface AaveBook extends Book {
  readonly state: MarketState;
  readonly borrowers: Borrowers;
  account(address: Address): Account | undefined;
  /** The market at the book's own block. */
  marketNow(): Market;
  /** The market once these answers are seen, with interest up to this time. */
  marketAfter(changes: readonly PriceChange[], timestampSeconds: number): Market;
  /** Never fewer than the accounts that the changes move and that are liquidatable in the market after them. */
  candidates(changes: readonly Pick<PriceChange, 'aggregator'>[], after: Market): readonly Account[];
}

/** Everybody who owes. */
export interface Borrowers {
  readonly watchlist: Watchlist;
  /** Those with a stable debt, each of which grows at a rate of its own: looked at one by one. Before 3.2 only. */
  readonly stable: ReadonlyMap<Address, Account>;
}

export const isAaveBook = (book: Accounts): book is AaveBook => 'borrowers' in book && 'state' in book;

export const bookOf = ({ accounts, ...state }: Snapshot): AaveBook => bookWith(state, borrowersOf(accounts));

/** Made ready for the next update: to be built between races. */
export function bookWith(state: MarketState, { watchlist, stable }: Borrowers): AaveBook {
  const { pool, prices, oracle } = state;
  const feeds = [...oracle.feeds.keys()].map((aggregator) => watchedFeed(pool, prices, aggregator));
  const prepared = watchlist.prepared(feeds, marketValuation(marketOf(state), watchlist.columns));
  return book(state, { watchlist: prepared, stable });
}

const marketOf = ({ pool, prices, oracle, timestampSeconds }: MarketState): Market =>
  marketAt(pool, timestampSeconds, priceOf(prices, oracle.answerOf, timestampSeconds));

function book(state: MarketState, { watchlist, stable }: Borrowers): AaveBook {
  const { protocol = PROTOCOL, pool, prices, oracle, blockNumber } = state;
  const feeds = [...oracle.feeds.keys()].map((aggregator) => watchedFeed(pool, prices, aggregator));
  const feedOf = new Map(feeds.map((feed) => [feed.aggregator, feed]));

  function marketAfter(changes: readonly PriceChange[], timestampSeconds: number): Market {
    const answerOf = answersAfter(changes, oracle.answerOf);
    return marketAt(pool, timestampSeconds, priceOf(prices, answerOf, timestampSeconds));
  }

  function candidates(
    changes: readonly Pick<PriceChange, 'aggregator'>[],
    after: Market,
  ): readonly Account[] {
    const moving = changes.flatMap(({ aggregator }) => feedOf.get(aggregator) ?? []);
    if (moving.length === 0) return [];
    const valuation = marketValuation(after, watchlist.columns);
    const found = moving.flatMap((feed) => watchlist.candidates(feed, valuation));
    const once = moving.length === 1 ? found : new Map(found.map((entry) => [entry.address, entry])).values();
    const moved = [...stable.values()].filter((account) =>
      columnsOfAccount(account).some((column) => moving.some((feed) => feed.moves(column))),
    );
    return [...[...once].map(accountOf), ...moved];
  }

  return {
    ...{ protocol, blockNumber, state, feeds: oracle.feeds, borrowers: { watchlist, stable } },
    assets: new Set(pool.reserves.flatMap((reserve) => reserve?.asset ?? [])),
    account: (address) => {
      const entry = watchlist.entry(address);
      return stable.get(address) ?? (entry && accountOf(entry));
    },
    ...{ marketNow: () => marketOf(state), marketAfter, candidates },
    nearest: (count, timestampSeconds) =>
      nearestAccounts(watchlist, stable.values(), marketAfter([], timestampSeconds), count),
    unprepared: () => book(state, { watchlist: watchlist.unprepared(), stable }),
    opportunities(changes: readonly PriceChange[], target: TargetBlock): readonly Opportunity[] {
      if (!changes.some(({ aggregator }) => feedOf.has(aggregator))) return [];
      const market = marketAfter(changes, target.timestampSeconds);
      return candidates(changes, market).flatMap((account) =>
        opportunitiesOf(pool.address, market, account, protocol),
      );
    },
  };
}

export function borrowersOf(accounts: readonly Account[]): Borrowers {
  const [stable, others] = [accounts.filter(isStable), accounts.filter((account) => !isStable(account))];
  return {
    watchlist: watchlistOf(others.filter(owes).map(entryOf)),
    stable: new Map(stable.map((account) => [account.address, account])),
  };
}

/** With these accounts as they are now; one that owes nothing any more leaves. */
export function withAccounts({ watchlist, stable }: Borrowers, accounts: readonly Account[]): Borrowers {
  const nextStable = new Map(stable);
  for (const { address } of accounts) nextStable.delete(address);
  for (const account of accounts.filter(isStable)) nextStable.set(account.address, account);
  const entries = accounts.map((account) =>
    isStable(account) || !owes(account) ? { ...entryOf(account), holdings: [] } : entryOf(account),
  );
  return { watchlist: watchlist.withChanges(entries), stable: nextStable };
}

const isStable = ({ stableDebts }: Account): boolean => stableDebts.size > 0;

const owes = ({ userConfiguration }: Account): boolean =>
  flaggedReserves(userConfiguration).some(({ borrowing }) => borrowing);
