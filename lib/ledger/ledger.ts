import type { Hex } from '../hex.ts';
import type { Claimed, Fact, Planned } from './fact.ts';
import type { DailyLimits, KeyLease, LeaseAnswer, Stake } from './limits.ts';
import type { Pause } from './pause.ts';

/** The append-only memory of every decision. Every method throws StoreError when the store does not answer. */
export interface Ledger {
  /** `true` for the one caller in the world that may decide about this update. */
  claim(fact: Claimed): Promise<boolean>;
  /** `false`: the fact was there already, and nothing was written. */
  append(fact: Fact): Promise<boolean>;
  /** The whole story of one update in order, read consistently. */
  factsOfUpdate(updateId: Hex): Promise<readonly Fact[]>;
  /** Bundles by target block, ascending, in pages; both ends inclusive. Eventually consistent. */
  plannedSince(chainId: number, fromBlock: number, toBlock: number): AsyncIterable<readonly Planned[]>;
  /** Facts by the time of their update, ascending, in pages. Eventually consistent. */
  factsByDay(range: TimeRange): AsyncIterable<readonly Fact[]>;
  /** Every bundle with a target block up to this one has its outcome. */
  settleCursor(chainId: number): Promise<number | undefined>;
  /** `false`: the cursor was there or further already. It never moves back. */
  advanceSettleCursor(chainId: number, block: number): Promise<boolean>;
  /** Takes an operator's key for one feed's bundles, for some blocks. */
  lease(lease: KeyLease): Promise<LeaseAnswer>;
  /** `false`: more than the day has left, and nothing was taken. */
  takeStake(stake: Stake, limits: DailyLimits): Promise<boolean>;
  /** Gives back what a bundle did not cost after all. */
  returnStake(stake: Stake, spent: Pick<Stake, 'gasWei' | 'lossWei'>): Promise<void>;
  /** What this UTC day (`YYYY-MM-DD`) has cost so far, bundles under way in full; read consistently. */
  stakes(chainId: number, day: string): Promise<Pick<Stake, 'gasWei' | 'lossWei'>>;
  /** Whether this chain's races are stopped, read consistently. */
  pause(chainId: number): Promise<Pause | undefined>;
  /** `undefined` resumes. */
  setPause(chainId: number, pause: Pause | undefined): Promise<void>;
}

/** Half open: `fromSeconds` belongs to it, `toSeconds` does not. */
export interface TimeRange {
  readonly fromSeconds: number;
  readonly toSeconds: number;
}
