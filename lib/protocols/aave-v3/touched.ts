import { getAddress } from 'ethers';
import type { Log } from '../../chain.ts';
import type { Address, Hex } from '../../hex.ts';
import { poolInterface, tokenInterface } from './abi.ts';

/**
 * Every event after which what the chain stores of an account may differ, and where it names the account. A
 * liquidation, a deficit or a repayment on behalf of another shows in the tokens' own events and the flags'.
 * `@aave-dao/aave-v3-origin@3.6.0 src/contracts/interfaces/IPool.sol`, `…/IScaledBalanceToken.sol`
 */
const NAMED_IN: ReadonlyMap<Hex | undefined, readonly number[]> = new Map([
  [tokenInterface.getEvent('Mint')?.topicHash, [2]],
  [tokenInterface.getEvent('Burn')?.topicHash, [1]],
  [tokenInterface.getEvent('BalanceTransfer')?.topicHash, [1, 2]],
  [poolInterface.getEvent('ReserveUsedAsCollateralEnabled')?.topicHash, [2]],
  [poolInterface.getEvent('ReserveUsedAsCollateralDisabled')?.topicHash, [2]],
  [poolInterface.getEvent('UserEModeSet')?.topicHash, [1]],
]);

export const touchingTopics: readonly Hex[] = [...NAMED_IN.keys()].filter((topic) => topic !== undefined);

/** Whom these logs name, each once. */
export function touchedBy(logs: readonly Log[]): readonly Address[] {
  const words = logs.flatMap(({ topics }) => (NAMED_IN.get(topics[0]) ?? []).map((at) => topics[at] ?? ''));
  return [...new Set(words)]
    .filter((word) => word.length === 66)
    .map((word) => getAddress(`0x${word.slice(26)}`));
}
