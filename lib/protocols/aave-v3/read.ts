import type { Chain, ContractRead } from '../../chain.ts';
import { ContractError } from '../../errors.ts';
import { addressesIn, encodeView } from '../../ethereum/view-codec.ts';
import type { Address } from '../../hex.ts';
import type { OracleState } from '../../oracles/read.ts';
import { addressesProviderInterface, poolInterface, sentinelInterface } from './abi.ts';
import { addressRead, uintRead } from './contract-reads.ts';
import type { PriceBook } from './prices.ts';
import { readAccounts, readUsers } from './read-accounts.ts';
import { readEModeCategories } from './read-e-modes.ts';
import { readPrices } from './read-prices.ts';
import { readReserves } from './read-reserves.ts';
import { rulesOf } from './revisions.ts';
import type { Account, Pool } from './state.ts';

export interface AaveAddresses {
  /** The name of a fork that runs the same code, such as `spark`; absent for Aave itself. */
  readonly protocol?: string | undefined;
  /** Knows the pool, the oracle and the sentinel, whatever governance replaces. */
  readonly poolAddressesProvider: Address;
}

/** A market at one block, whoever uses it. */
export interface MarketState {
  /** As in the addresses. */
  readonly protocol?: string | undefined;
  readonly blockNumber: number;
  readonly timestampSeconds: number;
  readonly pool: Pool;
  readonly prices: PriceBook;
  readonly oracle: OracleState;
}

/** A market and its borrowers at one block: all that a book is computed from. */
export interface Snapshot extends MarketState {
  /** Those of the borrowers that owe something. */
  readonly accounts: readonly Account[];
}

/**
 * Everything at this block, read from the chain: no parameter of the market is known beforehand.
 *
 * @param groups e-modes of borrowers that are known already
 */
export async function read(
  chain: Chain,
  addresses: AaveAddresses,
  borrowers: readonly Address[],
  blockNumber: number,
  groups: readonly number[] = [],
): Promise<Snapshot> {
  const market = await readAddresses(chain, addresses, blockNumber);
  const [revision, assets, sentinelAllowsLiquidation, users, { timestampSeconds }] = await Promise.all([
    readOne(chain, uintRead(poolInterface, market.pool, 'POOL_REVISION'), blockNumber),
    readOne(chain, reservesList(market.pool), blockNumber),
    readSentinel(chain, market.sentinel, blockNumber),
    readUsers(chain, market.pool, borrowers, blockNumber),
    chain.head(blockNumber),
  ]);
  const rules = rulesOf(Number(revision));
  const reserves = await readReserves(chain, rules, market.pool, assets, blockNumber);
  const [accounts, eModeCategories] = await Promise.all([
    readAccounts(chain, rules, reserves, users, blockNumber),
    readEModeCategories(chain, rules, market.pool, [...groups, ...users.map(categoryOf)], blockNumber),
  ]);
  const priced = [
    ...assets,
    ...[...eModeCategories.values()].flatMap(({ priceSource }) => priceSource ?? []),
  ];
  const { prices, oracle } = await readPrices(chain, market.oracle, priced, blockNumber);
  const pool = { address: market.pool, rules, reserves, eModeCategories, sentinelAllowsLiquidation };
  const { protocol } = addresses;
  return { protocol, blockNumber, timestampSeconds, pool, prices, oracle, accounts };
}

const categoryOf = ({ eModeCategory }: Pick<Account, 'eModeCategory'>): number => eModeCategory;

/** The pool at this block, whatever its implementation. */
export async function readPoolAddress(
  chain: Chain,
  { poolAddressesProvider }: AaveAddresses,
  blockNumber: number,
): Promise<Address> {
  const pool = addressRead(addressesProviderInterface, poolAddressesProvider, 'getPool');
  return required(await readOne(chain, pool, blockNumber), 'pool');
}

async function readAddresses(
  chain: Chain,
  { poolAddressesProvider }: AaveAddresses,
  blockNumber: number,
): Promise<{ readonly pool: Address; readonly oracle: Address; readonly sentinel: Address | undefined }> {
  const view = (name: string) => addressRead(addressesProviderInterface, poolAddressesProvider, name);
  const views = ['getPool', 'getPriceOracle', 'getPriceOracleSentinel'].map(view);
  const [pool, oracle, sentinel] = await chain.readAll(views, blockNumber);
  return { pool: required(pool, 'pool'), oracle: required(oracle, 'price oracle'), sentinel };
}

async function readSentinel(
  chain: Chain,
  sentinel: Address | undefined,
  blockNumber: number,
): Promise<boolean | undefined> {
  if (sentinel === undefined) return undefined;
  return (
    (await readOne(chain, uintRead(sentinelInterface, sentinel, 'isLiquidationAllowed'), blockNumber)) === 1n
  );
}

const reservesList = (pool: Address): ContractRead<readonly Address[]> => ({
  target: pool,
  data: encodeView(poolInterface, 'getReservesList'),
  decode: (returned) =>
    addressesIn(returned) ?? [...poolInterface.decodeFunctionResult('getReservesList', returned)[0]],
});

async function readOne<T>(chain: Chain, view: ContractRead<T>, blockNumber: number): Promise<T> {
  const [value] = await chain.readAll([view], blockNumber);
  if (value === undefined)
    throw new ContractError(`${view.target} did not answer a view: check the address.`);
  return value;
}

function required(address: Address | undefined, what: string): Address {
  if (address !== undefined) return address;
  throw new ContractError(`The Aave addresses provider names no ${what}: check the configured address.`);
}
