import type { Chain } from '../chain.ts';
import { StoreError } from '../errors.ts';
import type { Accounts, BookStorage } from '../protocols/book-storage.ts';
import type { BlockName, Delta, WatchlistHead, WatchlistStore } from '../watchlist-store.ts';

/** What a store has of a market, as far as the chain still has it. */
export interface StoredAccounts {
  readonly head: WatchlistHead;
  readonly accounts: Accounts;
  /** The accounts are as of this block, which is in the chain. */
  readonly block: BlockName;
  /** The newest delta in it. */
  readonly tip: BlockName;
  /** Deltas of blocks that are gone. */
  readonly orphaned: readonly BlockName[];
  readonly bytes: { readonly snapshot: number; readonly deltas: number };
}

/** Why nothing stored is of use. */
export type NothingStored = 'neverStored' | 'reorganised' | 'damaged';

/** In a handful of parallel reads. @param newest of the chain */
export async function readStoredAccounts(
  chain: Pick<Chain, 'head'>,
  storage: BookStorage,
  store: WatchlistStore,
  newest: BlockName,
): Promise<StoredAccounts | NothingStored> {
  const head = await store.head();
  if (head === undefined) return 'neverStored';
  try {
    const [chunks, deltas] = await Promise.all([store.chunks(head.snapshot), store.deltas(head)]);
    const shared = await readShared(chain, head, deltas, newest);
    if (shared === undefined) return 'reorganised';
    const { block, tip, kept } = shared;
    const changes = deltas.slice(0, kept).map((delta) => delta.bytes);
    const accounts = storage.thaw({ blockNumber: block.number, chunks, deltas: changes });
    const orphaned = deltas.slice(kept).map((delta) => delta.block);
    const bytes = { snapshot: sizeOf(chunks), deltas: sizeOf(changes) };
    return { head, accounts, block, tip, orphaned, bytes };
  } catch (error) {
    if (error instanceof StoreError && error.cause === undefined) return 'damaged';
    throw error;
  }
}

const sizeOf = (pieces: readonly Uint8Array[]): number => pieces.reduce((sum, { length }) => sum + length, 0);

interface Shared {
  readonly block: BlockName;
  readonly tip: BlockName;
  /** How many deltas count. */
  readonly kept: number;
}

/** The newest stored block that is in the chain. */
async function readShared(
  chain: Pick<Chain, 'head'>,
  { snapshot, tip, cursor }: WatchlistHead,
  deltas: readonly Delta[],
  newest: BlockName,
): Promise<Shared | undefined> {
  if (await isInChain(chain, cursor, newest)) return { block: cursor, tip, kept: deltas.length };
  for (let kept = deltas.length; kept > 0; kept--) {
    const { block } = deltas[kept - 1] ?? snapshot;
    if (await isInChain(chain, block, newest)) return { block, tip: block, kept };
  }
  const isShared = await isInChain(chain, snapshot.block, newest);
  return isShared ? { block: snapshot.block, tip: snapshot.block, kept: 0 } : undefined;
}

export async function isInChain(
  chain: Pick<Chain, 'head'>,
  { number, hash }: BlockName,
  newest: BlockName,
): Promise<boolean> {
  if (number >= newest.number) return number === newest.number && hash === newest.hash;
  return (await chain.head(number)).hash === hash;
}
