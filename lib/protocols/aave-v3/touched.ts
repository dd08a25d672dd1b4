import type { Log } from '../../chain.ts';
import { addressInTopic } from '../../ethereum/address.ts';
import { topicOf } from '../../ethereum/late-interface.ts';
import type { Address, Hex } from '../../hex.ts';
import { poolInterface, tokenInterface } from './abi.ts';
import type { Pool } from './state.ts';

/**
 * Every event after which what the chain stores of an account may differ, and where it names the account. A
 * liquidation, a deficit or a repayment on behalf of another shows in the tokens' own events and the flags'.
 * `@aave-dao/aave-v3-origin@3.6.0 src/contracts/interfaces/IPool.sol`, `…/IScaledBalanceToken.sol`
 */
const NAMED_IN: ReadonlyMap<Hex | undefined, readonly number[]> = new Map([
  [topicOf(tokenInterface, 'Mint'), [2]],
  [topicOf(tokenInterface, 'Burn'), [1]],
  [topicOf(tokenInterface, 'BalanceTransfer'), [1, 2]],
  [topicOf(poolInterface, 'ReserveUsedAsCollateralEnabled'), [2]],
  [topicOf(poolInterface, 'ReserveUsedAsCollateralDisabled'), [2]],
  [topicOf(poolInterface, 'UserEModeSet'), [1]],
]);

export const touchingTopics: readonly Hex[] = [...NAMED_IN.keys()].filter((topic) => topic !== undefined);

/** Whom these logs name, each once. */
export function touchedBy(logs: readonly Log[]): readonly Address[] {
  const words = logs.flatMap(({ topics }) => (NAMED_IN.get(topics[0]) ?? []).map((at) => topics[at] ?? ''));
  return [...new Set(words)].filter((word) => word.length === 66).map(addressInTopic);
}

/** What a market's logs come from: as long as it stays the same, they say of every account that changes. */
export interface FollowedMarket {
  readonly pool: Address;
  readonly revision: number;
  /** Before 3.2 accounts also change without a log. */
  readonly hasStableDebt: boolean;
  readonly tokens: readonly Address[];
}

export const followedMarket = ({ address, rules, reserves }: Pool): FollowedMarket => ({
  pool: address,
  revision: rules.revision,
  hasStableDebt: rules.stableDebt,
  tokens: reserves.flatMap((reserve) => (reserve ? [reserve.aToken, reserve.variableDebtToken] : [])),
});

export const isSameMarket = (before: FollowedMarket, now: FollowedMarket): boolean =>
  now.pool === before.pool && now.revision === before.revision && now.tokens.join() === before.tokens.join();
