import type { Chain } from '../../chain.ts';
import type { Address } from '../../hex.ts';
import { type AaveAddresses, read } from './read.ts';
import type { Account } from './state.ts';

/** These accounts at this block, those that owe nothing included. */
export async function readAccountsAt(
  chain: Chain,
  addresses: AaveAddresses,
  wanted: readonly Address[],
  blockNumber: number,
): Promise<readonly Account[]> {
  const { accounts } = await read(chain, addresses, wanted, blockNumber);
  return everyTouched(wanted, accounts);
}

/** Those that were not found to owe, as accounts that owe nothing. */
export function everyTouched(touched: readonly Address[], accounts: readonly Account[]): readonly Account[] {
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
