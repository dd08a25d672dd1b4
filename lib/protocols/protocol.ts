import type { AllowedCall } from '../call.ts';
import type { Chain } from '../chain.ts';
import type { Address, Hex } from '../hex.ts';
import type { Book } from './book.ts';
import type { BookStorage } from './book-storage.ts';

/**
 * A lending protocol as the race sees it: `discover` and `read` await and are batched, pinned to one block;
 * what they return is frozen and answers synchronously.
 */
export interface Protocol {
  readonly id: string;
  /** Every account that may have borrowed in this block range (inclusive), from logs alone. */
  discover(chain: Chain, range: BlockRange): Promise<readonly Address[]>;
  /** The exact state of the market and of these borrowers at one block. */
  read(chain: Chain, borrowers: readonly Address[], blockNumber: number): Promise<Book>;
  /**
   * An earlier book of this chain, brought up to this block by what has changed since; `undefined` where that
   * cannot be told, and it has to be read in full.
   */
  readNext?(chain: Chain, earlier: Book, blockNumber: number): Promise<Book | undefined>;
  /** Absent: every process reads the book from the chain anew. */
  readonly storage?: BookStorage;
  /** Every call that `encode` of its opportunities may make at this block, inner calls left out. */
  readAllowedCalls(chain: Chain, blockNumber: number): Promise<readonly AllowedCall[]>;
  /**
   * Who was liquidated by whom, in chain order, for settlement and to name the rival: from the logs of the
   * protocol's own contracts alone, since any contract may emit an event of the same shape.
   */
  discoverLiquidations(chain: Chain, range: BlockRange): Promise<readonly LiquidationLog[]>;
}

/** One protocol where it is deployed. */
export interface ProtocolSource {
  readonly protocol: Protocol;
  /** What the configuration calls it. */
  readonly name: string;
  /** The contract that the configuration names; anything else follows from it. */
  readonly address: Address;
  /** Not after its first block: logs are looked for from here on. */
  readonly deployedAtBlock: number;
}

export interface BlockRange {
  readonly fromBlock: number;
  readonly toBlock: number;
}

export interface LiquidationLog {
  readonly borrower: Address;
  readonly liquidator: Address;
  readonly debtAsset: Address;
  readonly collateralAsset: Address;
  readonly debtToCover: bigint;
  readonly seizedCollateral: bigint;
  readonly transactionHash: Hex;
  readonly blockNumber: number;
}
