import type { Chain } from '../../chain.ts';
import type { Address } from '../../hex.ts';
import { groupOf } from '../../watchlist/account-table.ts';
import type { BlockRange } from '../protocol.ts';
import { type AaveBook, bookWith, withAccounts } from './book.ts';
import { type AaveAddresses, type MarketState, read } from './read.ts';
import type { Account, Pool } from './state.ts';
import { touchedBy, touchingTopics } from './touched.ts';

/**
 * An earlier book, brought up to this block: its logs say whose accounts to read again, the market is read
 * anew. `undefined` where accounts change without a log that we know: while there are stable rates.
 */
export async function readNext(
  chain: Chain,
  addresses: AaveAddresses,
  earlier: AaveBook,
  blockNumber: number,
): Promise<AaveBook | undefined> {
  const { pool, blockNumber: before } = earlier.state;
  if (pool.rules.stableDebt) return undefined;
  const range = { fromBlock: before + 1, toBlock: blockNumber };
  const touched = await readTouched(chain, [pool.address, ...tokensOf(pool)], range);
  const groups = [...new Set(earlier.borrowers.watchlist.columns.map(groupOf))];
  const { accounts, ...state } = await read(chain, addresses, touched, blockNumber, groups);
  if (!isSameMarket(pool, state)) return undefined;
  return bookWith(state, withAccounts(earlier.borrowers, everyTouched(touched, accounts)));
}

async function readTouched(
  chain: Chain,
  address: readonly Address[],
  range: BlockRange,
): Promise<readonly Address[]> {
  return touchedBy(await chain.logs({ address, topics: [touchingTopics], ...range }));
}

const tokensOf = ({ reserves }: Pool): readonly Address[] =>
  reserves.flatMap((reserve) => (reserve ? [reserve.aToken, reserve.variableDebtToken] : []));

/** A token that was not known when the logs were asked for may have said something; so may other rules. */
const isSameMarket = (before: Pool, { pool }: MarketState): boolean =>
  pool.address === before.address &&
  pool.rules.revision === before.rules.revision &&
  tokensOf(pool).join() === tokensOf(before).join();

/** Those that were not found to owe, as accounts that owe nothing. */
function everyTouched(touched: readonly Address[], accounts: readonly Account[]): readonly Account[] {
  const owing = new Map(accounts.map((account) => [account.address, account]));
  return touched.map((address) => owing.get(address) ?? { ...NOTHING, address });
}

const NOTHING = {
  userConfiguration: 0n,
  eModeCategory: 0,
  scaledATokenBalances: new Map(),
  scaledVariableDebts: new Map(),
  stableDebts: new Map(),
};
