import type { Address } from '../hex.ts';
import { max } from '../math/fixed-point.ts';
import { isoSeconds } from './key.ts';
import type { OutcomeFact } from './outcome.ts';

/** One operator's key, taken for one feed's bundles until their last block has passed. */
export interface KeyLease {
  readonly chainId: number;
  readonly operator: Address;
  /** The feed: bundles of one feed replace each other, and so may share a nonce. */
  readonly holder: Address;
  /** The feed's round; an older one does not displace a newer one. */
  readonly round: number;
  /** The newest block that we know: what was leased up to here is free again. */
  readonly headBlock: number;
  readonly untilBlock: number;
}

export type LeaseAnswer =
  | 'leased'
  /** Another feed's bundle stands with this key. */
  | 'taken'
  /** A newer round of this feed has it. */
  | 'superseded';

/** Wei that a signature puts at stake on one day, at most. */
export interface Stake {
  readonly chainId: number;
  /** UTC, `YYYY-MM-DD`. */
  readonly day: string;
  readonly gasWei: bigint;
  readonly lossWei: bigint;
}

/** What a chain's bundles may cost in one day. */
export interface DailyLimits {
  readonly maxDailyGasCostWei: bigint;
  readonly maxDailyLossWei: bigint;
}

export const leaseKey = ({ chainId, operator }: KeyLease) =>
  ({ pk: `LEASE#${chainId}#${operator}`, sk: 'lease' }) as const;

/** All that may be updated in place: permissions are given for this prefix alone. */
export const BUDGET_PREFIX = 'BUDGET#';

export const budgetKey = ({ chainId, day }: Pick<Stake, 'chainId' | 'day'>) =>
  ({ pk: `${BUDGET_PREFIX}${chainId}`, sk: day }) as const;

/**
 * The stake of a bundle whose transaction may burn this much gas: all of it may be lost.
 * @param updateAtSeconds names the day, so that whoever settles finds the same one
 */
export const stakeOf = (chainId: number, updateAtSeconds: number, maxGasCostWei: bigint): Stake => ({
  chainId,
  day: isoSeconds(updateAtSeconds).slice(0, 10),
  gasWei: maxGasCostWei,
  lossWei: maxGasCostWei,
});

/** What a settled bundle really cost: gas where it is in the chain, a loss where its profit did not pay for it. */
export function spentBy(outcome: OutcomeFact): Pick<Stake, 'gasWei' | 'lossWei'> {
  if (!('gasCostWei' in outcome)) return { gasWei: 0n, lossWei: 0n };
  return { gasWei: outcome.gasCostWei, lossWei: max(0n, -outcome.netProfitWei) };
}
