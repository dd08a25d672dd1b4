import type { Chain } from '../../chain.ts';
import type { Address } from '../../hex.ts';
import { bookOf, type CometBook } from './book.ts';
import { accountsOf, accountTopics } from './events.ts';
import { read } from './read.ts';

/**
 * An earlier book, brought up to this block: the market is read anew, and so is everybody whom a log since then
 * names. `undefined` where debts do not sum to what the contract says is owed: base that is borrowed by a
 * transfer leaves no log of its borrower.
 */
export async function readNext(
  chain: Chain,
  address: Address,
  executor: Address | undefined,
  earlier: CometBook,
  blockNumber: number,
): Promise<CometBook | undefined> {
  const range = { fromBlock: earlier.blockNumber + 1, toBlock: blockNumber };
  const logs = await chain.logs({ address, topics: [accountTopics], ...range });
  const touched = [...new Set(logs.flatMap(accountsOf))];
  const { accounts, ...market } = await read(chain, address, touched, blockNumber);
  const all = new Map(earlier.snapshot.accounts);
  for (const account of touched) all.delete(account);
  for (const [account, state] of accounts) all.set(account, state);
  const book = bookOf({ ...market, accounts: all }, executor);
  return book.unaccountedDebt === earlier.unaccountedDebt ? book : undefined;
}
