import type { Clock } from '../adapters/clock.ts';
import type { Chain } from '../chain.ts';
import type { Address, Hex } from '../hex.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Protocol } from '../protocols/protocol.ts';

export interface SettleDeps {
  readonly chain: Chain;
  readonly ledger: Ledger;
  readonly protocols: readonly Protocol[];
  readonly clock: Clock;
  /** Blocks on top of a target block before its receipts are trusted. */
  readonly confirmations: number;
  /** Names of builders, by the fee recipient of their blocks. */
  readonly builders?: Readonly<Record<Address, string>>;
  /** Absent: what others took without a bundle of ours for it is not written down. */
  readonly misses?: MissDeps;
}

export interface MissDeps {
  /** Ours: whoever else liquidates is somebody else. */
  readonly executor: Address;
  /** Whether the book had this borrower before this block; `undefined` where that cannot be told any more. */
  readonly wasTracked?: (
    protocol: string,
    borrower: Address,
    blockNumber: number,
  ) => Promise<boolean | undefined>;
}

/** The chain as one run sees it. */
export interface Sight {
  readonly headBlock: number;
  /** The newest block that is old enough. */
  readonly trustedBlock: number;
  /** What the chain's block of this number is now; each is asked for once a run. */
  readonly hashes: (block: number) => Promise<Hex>;
}

export function hashesOf(chain: Pick<Chain, 'head'>): Sight['hashes'] {
  const asked = new Map<number, Promise<Hex>>();
  return (block) => {
    const hash = asked.get(block) ?? chain.head(block).then((head) => head.hash);
    asked.set(block, hash);
    return hash;
  };
}
