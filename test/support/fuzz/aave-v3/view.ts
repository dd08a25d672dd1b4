import type { Address } from '../../../../lib/hex.ts';
import { addressesProviderInterface, sentinelInterface } from '../../../../lib/protocols/aave-v3/abi.ts';
import { type Market, marketAt } from '../../../../lib/protocols/aave-v3/accrual.ts';
import { addressRead, uintRead } from '../../../../lib/protocols/aave-v3/contract-reads.ts';
import { readAccounts, readUsers } from '../../../../lib/protocols/aave-v3/read-accounts.ts';
import { readEModeCategories } from '../../../../lib/protocols/aave-v3/read-e-modes.ts';
import { readReserves } from '../../../../lib/protocols/aave-v3/read-reserves.ts';
import type { Account, Pool } from '../../../../lib/protocols/aave-v3/state.ts';
import type { FuzzMarket } from './market.ts';

/** All that the product reads of the market at one block, and the prices that the fuzz has set. */
export interface View {
  readonly blockNumber: number;
  readonly timestamp: number;
  readonly pool: Pool;
  readonly prices: ReadonlyMap<Address, bigint>;
  /** Those who owe, by address. */
  readonly accounts: ReadonlyMap<Address, Account>;
}

export async function viewOf(market: FuzzMarket, prices: ReadonlyMap<Address, bigint>): Promise<View> {
  const { chain, version, aave } = market;
  const { number, timestampSeconds } = await chain.head();
  const assets = market.reserves.map((reserve) => reserve.token);
  const [reserves, users, sentinelAllowsLiquidation] = await Promise.all([
    readReserves(chain, version.rules, aave.pool, assets, number),
    readUsers(chain, aave.pool, market.borrowers, number),
    readSentinel(market, number),
  ]);
  const [accounts, eModeCategories] = await Promise.all([
    readAccounts(chain, version.rules, reserves, users, number),
    readEModeCategories(
      chain,
      version.rules,
      aave.pool,
      users.map(({ eModeCategory }) => eModeCategory),
      number,
    ),
  ]);
  const pool = {
    address: aave.pool,
    rules: version.rules,
    reserves,
    eModeCategories,
    sentinelAllowsLiquidation,
  };
  return {
    ...{ blockNumber: number, timestamp: timestampSeconds, pool, prices },
    accounts: new Map(accounts.map((account) => [account.address, account])),
  };
}

/** The market as the model has it at this time, with these prices on top of those that are set. */
export function marketOf(
  view: View,
  timestamp: number,
  changed: ReadonlyMap<Address, bigint> = new Map(),
): Market {
  return marketAt(view.pool, timestamp, (asset) => {
    const answer = changed.get(asset) ?? view.prices.get(asset) ?? 0n;
    return answer > 0n ? answer : undefined;
  });
}

async function readSentinel({ chain, aave }: FuzzMarket, block: number): Promise<boolean | undefined> {
  const views = [addressRead(addressesProviderInterface, aave.addressesProvider, 'getPriceOracleSentinel')];
  const [sentinel] = await chain.readAll(views, block);
  if (sentinel === undefined) return undefined;
  const [allowed] = await chain.readAll(
    [uintRead(sentinelInterface, sentinel, 'isLiquidationAllowed')],
    block,
  );
  return allowed === 1n;
}
