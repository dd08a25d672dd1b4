import type { Chain } from '../../chain.ts';
import type { Address } from '../../hex.ts';
import { bookOf, type CometBook } from './book.ts';
import { accountsOf, accountTopics, collateralHolderOf, isOfCollateral } from './events.ts';
import { read } from './read.ts';
import { readAccounts } from './read-accounts.ts';
import type { Account } from './state.ts';

/** What is known of who owed, and how much of what was owed by nobody known. */
export interface EarlierAccounts {
  readonly blockNumber: number;
  readonly accounts: ReadonlyMap<Address, Account>;
  readonly holders: ReadonlySet<Address>;
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
  const { accounts: owing, ...market } = await read(chain, address, touched, blockNumber);
  const accounts = replaced(earlier.accounts, touched, owing);
  const holders = withMore(earlier.holders, logs.filter(isOfCollateral).map(collateralHolderOf));
  const book = bookOf({ ...market, accounts, holders }, executor);
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

/** The very same set where there is nobody new: books of many blocks are remembered. */
function withMore(known: ReadonlySet<Address>, found: readonly Address[]): ReadonlySet<Address> {
  const unknown = found.filter((holder) => !known.has(holder));
  return unknown.length === 0 ? known : known.union(new Set(unknown));
}
