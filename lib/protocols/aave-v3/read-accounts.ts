import type { Chain, ContractRead } from '../../chain.ts';
import type { Address } from '../../hex.ts';
import { poolInterface, tokenInterface } from './abi.ts';
import { flaggedReserves } from './configuration.ts';
import { uintRead } from './contract-reads.ts';
import type { Rules } from './revisions.ts';
import type { Account, Reserve, StableDebt } from './state.ts';

/** What the pool itself stores of an account. */
export interface User {
  readonly address: Address;
  readonly userConfiguration: bigint;
  readonly eModeCategory: number;
}

/** Those of the borrowers that are flagged as borrowing. */
export async function readUsers(
  chain: Chain,
  pool: Address,
  borrowers: readonly Address[],
  blockNumber: number,
): Promise<readonly User[]> {
  const perUser = (view: string) => borrowers.map((user) => uintRead(poolInterface, pool, view, [user]));
  const [configurations, categories] = await Promise.all([
    chain.readAll(perUser('getUserConfiguration'), blockNumber),
    chain.readAll(perUser('getUserEMode'), blockNumber),
  ]);
  return borrowers
    .map((address, index) => ({
      address,
      userConfiguration: configurations[index] ?? 0n,
      eModeCategory: Number(categories[index] ?? 0n),
    }))
    .filter(({ userConfiguration }) => flaggedReserves(userConfiguration).some(({ borrowing }) => borrowing));
}

/** The scaled balances that the flags of each user point at, and no others. */
export async function readAccounts(
  chain: Chain,
  rules: Rules,
  reserves: readonly (Reserve | undefined)[],
  users: readonly User[],
  blockNumber: number,
): Promise<readonly Account[]> {
  const positions = users.flatMap((user) => positionsOf(user, reserves));
  const collateral = positions.filter(({ flags }) => flags.usingAsCollateral);
  const debts = positions.filter(({ flags }) => flags.borrowing);
  const scaled = (token: Address, { user }: Position) =>
    uintRead(tokenInterface, token, 'scaledBalanceOf', [user.address]);
  const [scaledCollateral, scaledDebts, stableDebts] = await Promise.all([
    chain.readAll(
      collateral.map((position) => scaled(position.reserve.aToken, position)),
      blockNumber,
    ),
    chain.readAll(
      debts.map((position) => scaled(position.reserve.variableDebtToken, position)),
      blockNumber,
    ),
    rules.stableDebt ? readStableDebts(chain, debts, blockNumber) : [],
  ]);
  const collateralByUser = byUser(collateral, scaledCollateral);
  const debtsByUser = byUser(debts, scaledDebts);
  const stableByUser = byUser(debts, stableDebts);
  return users.map((user) => ({
    ...user,
    scaledATokenBalances: collateralByUser.get(user.address) ?? new Map(),
    scaledVariableDebts: debtsByUser.get(user.address) ?? new Map(),
    stableDebts: stableByUser.get(user.address) ?? new Map(),
  }));
}

interface Position {
  readonly user: User;
  readonly reserve: Reserve;
  readonly flags: { readonly borrowing: boolean; readonly usingAsCollateral: boolean };
}

const positionsOf = (user: User, reserves: readonly (Reserve | undefined)[]): readonly Position[] =>
  flaggedReserves(user.userConfiguration).flatMap((flags) => {
    const reserve = reserves[flags.id];
    return reserve === undefined ? [] : [{ user, reserve, flags }];
  });

function byUser<T>(
  positions: readonly Position[],
  values: readonly (T | undefined)[],
): ReadonlyMap<Address, ReadonlyMap<number, T>> {
  const users = new Map<Address, Map<number, T>>();
  for (const [index, { user, reserve }] of positions.entries()) {
    const value = values[index];
    if (value === undefined) continue;
    const balances = users.get(user.address) ?? new Map<number, T>();
    users.set(user.address, balances.set(reserve.id, value));
  }
  return users;
}

/** `undefined` where a user has no stable debt in a reserve. */
async function readStableDebts(
  chain: Chain,
  debts: readonly Position[],
  blockNumber: number,
): Promise<readonly (StableDebt | undefined)[]> {
  const perDebt = (view: string): readonly ContractRead<bigint>[] =>
    debts.map(({ user, reserve }) => uintRead(tokenInterface, reserve.stableDebtToken, view, [user.address]));
  const [principals, rates, timestamps] = await Promise.all([
    chain.readAll(perDebt('principalBalanceOf'), blockNumber),
    chain.readAll(perDebt('getUserStableRate'), blockNumber),
    chain.readAll(perDebt('getUserLastUpdated'), blockNumber),
  ]);
  return principals.map((principal, index) =>
    principal === 0n
      ? undefined
      : { principal, rateRay: rates[index] ?? 0n, lastUpdateTimestamp: Number(timestamps[index] ?? 0n) },
  );
}
