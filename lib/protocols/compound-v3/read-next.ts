import type { Chain } from '../../chain.ts';
import type { Address } from '../../hex.ts';
import { bookOf, type CometBook } from './book.ts';
import { accountsOf, accountTopics } from './events.ts';
import { read } from './read.ts';
import { readAccounts } from './read-accounts.ts';
import type { Account } from './state.ts';

/** What is known of who owed, and how much of what was owed by nobody known. */
export interface EarlierAccounts {
  readonly blockNumber: number;
  readonly accounts: ReadonlyMap<Address, Account>;
  readonly unaccountedDebt: bigint;
}

/**
 * Earlier accounts, brought up to this block: the market is read anew, and so is everybody whom a log since then
 * names. `undefined` where debts do not sum to what the contract says is owed: base that is borrowed by a
 * transfer leaves no log of its borrower.
 */
export async function readNext(
  chain: Chain,
  address: Address,
  executor: Address | undefined,
  earlier: EarlierAccounts,
  blockNumber: number,
): Promise<CometBook | undefined> {
  const range = { fromBlock: earlier.blockNumber + 1, toBlock: blockNumber };
  const logs = await chain.logs({ address, topics: [accountTopics], ...range });
  const touched = [...new Set(logs.flatMap(accountsOf))];
  const { accounts, ...market } = await read(chain, address, touched, blockNumber);
  const book = bookOf({ ...market, accounts: replaced(earlier.accounts, touched, accounts) }, executor);
  return book.unaccountedDebt === earlier.unaccountedDebt ? book : undefined;
}

/** The book with these accounts as the chain has them at its block. */
export async function readAgain(
  chain: Chain,
  { snapshot }: CometBook,
  executor: Address | undefined,
  borrowers: readonly Address[],
): Promise<CometBook> {
  const accounts = await readAccounts(chain, snapshot.comet, borrowers, snapshot.blockNumber);
  return bookOf({ ...snapshot, accounts: replaced(snapshot.accounts, borrowers, accounts) }, executor);
}

function replaced(
  earlier: ReadonlyMap<Address, Account>,
  asked: readonly Address[],
  owing: ReadonlyMap<Address, Account>,
): ReadonlyMap<Address, Account> {
  const all = new Map(earlier);
  for (const account of asked) all.delete(account);
  for (const [account, state] of owing) all.set(account, state);
  return all;
}
