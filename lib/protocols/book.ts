import type { TargetBlock } from '../block.ts';
import type { Opportunity } from '../domain.ts';
import type { Address } from '../hex.ts';
import type { Feed } from '../oracles/feed.ts';
import type { PriceChange } from '../price-change.ts';
import type { Position } from './position.ts';

/** One protocol's market and borrowers at one block: frozen, exact, and answering without a read. */
export interface Book {
  readonly protocol: string;
  readonly blockNumber: number;
  /** Every token that can be owed or seized here. */
  readonly assets: ReadonlySet<Address>;
  /** The feeds whose updates move a price in this book, by aggregator. */
  readonly feeds: ReadonlyMap<Address, Feed>;
  /**
   * Every pair that is liquidatable in the target block where these answers have changed, of borrowers whom one of
   * them moves; empty when they open nothing. An aggregator is named once at most.
   */
  opportunities(changes: readonly PriceChange[], target: TargetBlock): readonly Opportunity[];
  /** Who is nearest to liquidation, with interest up to this time, the nearest first: to be looked at, not raced. */
  nearest?(count: number, timestampSeconds: number): readonly Position[];
  /** The same without what only makes it answer sooner: to be kept, and gone back to when the chain does. */
  unprepared?(): Book;
}
