import type { Chain } from '../../chain.ts';
import type { Address } from '../../hex.ts';
import { groupOf } from '../../watchlist/account-table.ts';
import type { BlockRange } from '../protocol.ts';
import { type AaveBook, type Borrowers, bookWith, withAccounts } from './book.ts';
import { type AaveAddresses, read } from './read.ts';
import { everyTouched } from './read-accounts-at.ts';
import { type FollowedMarket, followedMarket, isSameMarket, touchedBy, touchingTopics } from './touched.ts';

/** Accounts as of a block, and the market that their logs come from. */
export interface FollowedAccounts {
  readonly blockNumber: number;
  readonly market: FollowedMarket;
  readonly borrowers: Borrowers;
}

/**
 * Earlier accounts, brought up to this block: its logs say whose to read again, the market is read anew.
 * `undefined` where accounts change without a log that we know: while there are stable rates.
 */
export async function readNext(
  chain: Chain,
  addresses: AaveAddresses,
  { market, borrowers, blockNumber: before }: FollowedAccounts,
  blockNumber: number,
): Promise<AaveBook | undefined> {
  if (market.hasStableDebt) return undefined;
  const range = { fromBlock: before + 1, toBlock: blockNumber };
  const touched = await readTouched(chain, [market.pool, ...market.tokens], range);
  const groups = [...new Set(borrowers.watchlist.columns.map(groupOf))];
  const { accounts, ...state } = await read(chain, addresses, touched, blockNumber, groups);
  // A token that was not known when the logs were asked for may have said something; so may other rules.
  if (!isSameMarket(market, followedMarket(state.pool))) return undefined;
  return bookWith(state, withAccounts(borrowers, everyTouched(touched, accounts)));
}

async function readTouched(
  chain: Chain,
  address: readonly Address[],
  range: BlockRange,
): Promise<readonly Address[]> {
  return touchedBy(await chain.logs({ address, topics: [touchingTopics], ...range }));
}
