import type { Chain } from '../chain.ts';
import { ChainError } from '../errors.ts';
import type { BookStorage } from '../protocols/book-storage.ts';
import type { BlockRange, ProtocolSource } from '../protocols/protocol.ts';
import { residentBook } from '../protocols/resident-book.ts';
import type { BackfillStore, WatchlistStore } from '../watchlist-store.ts';
import { type KeepAnswer, keepFrom } from './keeper.ts';
import { blocksIn, cutRange, missingRanges } from './ranges.ts';

export interface BackfillDeps {
  readonly source: ProtocolSource;
  readonly storage: BookStorage;
  readonly chain: Chain;
  readonly store: WatchlistStore;
  readonly ranges: BackfillStore;
}

/** How far a backfill has come. */
export interface Progress {
  readonly blocks: number;
  readonly blocksLeft: number;
  readonly borrowers: number;
}

/** Ranges of so many blocks a piece of work; a node that answers fewer is asked more often within it. */
export const BLOCKS_A_PIECE = 100_000;
/** A range that fails is cut in two, down to this. */
const LEAST_BLOCKS = 500;
/** What is older does not change any more. */
export const UNSETTLED_BLOCKS = 64;

/** What is left to do, up to this block; nothing where all was looked through before. */
export async function missingPieces(deps: BackfillDeps, toBlock: number): Promise<readonly BlockRange[]> {
  const wanted = { fromBlock: deps.source.deployedAtBlock, toBlock };
  const missing = missingRanges(wanted, await deps.ranges.ranges());
  return missing.flatMap((range) => cutRange(range, BLOCKS_A_PIECE));
}

export async function progressOf(deps: BackfillDeps, toBlock: number): Promise<Progress> {
  const wanted = { fromBlock: deps.source.deployedAtBlock, toBlock };
  const found = await deps.ranges.ranges();
  const borrowers = new Set(found.flatMap((range) => range.borrowers)).size;
  return { blocks: blocksIn([wanted]), blocksLeft: blocksIn(missingRanges(wanted, found)), borrowers };
}

/**
 * Looks through one range and writes down who borrowed. Done twice it is done once.
 * @returns the halves of a range that cannot be had as a whole
 */
export async function fillRange(deps: BackfillDeps, range: BlockRange): Promise<readonly BlockRange[]> {
  const { source, chain, ranges } = deps;
  try {
    const borrowers = await source.protocol.discover(chain, range);
    await ranges.putRange({ ...range, borrowers });
    return [];
  } catch (error) {
    const blocks = blocksIn([range]);
    if (!(error instanceof ChainError) || blocks <= LEAST_BLOCKS) throw error;
    return cutRange(range, Math.ceil(blocks / 2));
  }
}

/**
 * Reads the state of everybody who was found, at one block, and stores it in the place of whatever was stored.
 * Blocks after the ranges are looked through here.
 */
export async function assemble(deps: BackfillDeps, toBlock: number): Promise<KeepAnswer> {
  const found = await deps.ranges.ranges();
  const borrowers = new Set(found.flatMap((range) => range.borrowers));
  const [head, stored] = await Promise.all([deps.chain.head(), deps.store.head()]);
  const known = { borrowers: [...borrowers], discoveredTo: toBlock };
  const memory = {
    ...{ resident: residentBook(deps.source, known), version: stored?.version ?? 0, kept: [] },
    ...{ owed: { everybody: true, deltas: [] }, quarantined: stored?.quarantined ?? [] },
  };
  const kept = await keepFrom(memory, { number: head.number, hash: head.hash }, deps);
  return 'answer' in kept ? kept.answer : kept;
}
