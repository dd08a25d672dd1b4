import type { Head } from '../block.ts';
import type { Address } from '../hex.ts';
import type { Targets } from './build.ts';

/** What the operator's key may be used for. Anything not stated here is refused. */
export interface SigningPolicy {
  readonly chainId: number;
  readonly executor: Address;
  readonly maxGasCostWei: bigint;
  readonly minProfitWei: bigint;
  readonly priorityFeeWei: bigint;
  /** The most that a builder may be offered. */
  readonly maxBidBps: bigint;
  /** A head seen longer ago decides nothing; `undefined` where nobody watches the chain. */
  readonly maxHeadAgeMs?: number | undefined;
}

/** Of the moment: what the transaction is for. */
export interface SigningContext {
  readonly targets: Targets;
  /** The block that the books are of. */
  readonly head: Head;
  readonly nowMs: number;
}
