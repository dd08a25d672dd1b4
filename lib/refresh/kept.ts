import type { Address } from '../hex.ts';
import type { Accounts, BookStorage } from '../protocols/book-storage.ts';
import type { Book } from '../protocols/protocol.ts';
import {
  type BlockName,
  MOST_CHUNK_BYTES,
  type SnapshotName,
  type WatchlistStore,
} from '../watchlist-store.ts';

/** One market as it was stored at one block. */
export interface Kept {
  readonly block: BlockName;
  /** The newest delta in it. */
  readonly tip: BlockName;
  readonly snapshot: SnapshotName;
  readonly bytes: StoredBytes;
  readonly accounts: Accounts;
}

export interface StoredBytes {
  readonly snapshot: number;
  /** Of all deltas since. */
  readonly deltas: number;
}

interface Writing {
  readonly storage: BookStorage;
  readonly store: Pick<WatchlistStore, 'putChunks' | 'putDelta'>;
}

/** Chunks expire after two weeks. */
const OLDEST_SNAPSHOT_BLOCKS = 3 * 7_200;
/** A snapshot is written when reading its deltas costs a quarter more, and then some. */
const FEW_BYTES = 64_000;

/**
 * Writes what a commit will name: this block's changes and, where there are many since the last one, a snapshot.
 * `undefined` for a market that cannot be stored.
 */
export async function nextKept(
  writing: Writing,
  kept: readonly Kept[],
  book: Book,
  block: BlockName,
): Promise<{ readonly kept: Kept; readonly changed: readonly Address[] } | undefined> {
  const { storage, store } = writing;
  const accounts = book.unprepared?.() ?? book;
  const before = kept.at(-1);
  if (before === undefined || !storage.isSameMarket(before.accounts, book)) {
    const written = await writeSnapshot(writing, book, block);
    const changed = before === undefined ? [] : storage.changedAccounts(before.accounts, book);
    if (before && changed.length > 0)
      await store.putDelta({ block, parent: before.tip, bytes: storage.freezeAccounts(book, changed) });
    return written && { kept: { block, tip: block, ...written, accounts }, changed };
  }
  const changed = storage.changedAccounts(before.accounts, book);
  if (changed.length === 0) return { kept: { ...before, block, accounts }, changed };
  const bytes = storage.freezeAccounts(book, changed);
  await store.putDelta({ block, parent: before.tip, bytes });
  const sizes = { ...before.bytes, deltas: before.bytes.deltas + bytes.length };
  const renewed = isDue(before, sizes, block) && (await renewedSnapshot(writing, kept, sizes));
  return { kept: { ...before, bytes: sizes, ...(renewed || {}), block, tip: block, accounts }, changed };
}

const isDue = ({ snapshot }: Kept, bytes: StoredBytes, block: BlockName): boolean =>
  bytes.deltas > Math.max(FEW_BYTES, bytes.snapshot / 4) ||
  block.number - snapshot.block.number > OLDEST_SNAPSHOT_BLOCKS;

/** Of the oldest accounts that are remembered: a chain that turns back still has them. */
async function renewedSnapshot(writing: Writing, [oldest]: readonly Kept[], sizes: StoredBytes) {
  if (oldest === undefined || oldest.tip.number <= oldest.snapshot.block.number) return undefined;
  const written = await writeSnapshot(writing, oldest.accounts, oldest.tip);
  const deltas = sizes.deltas - oldest.bytes.deltas;
  return written && { ...written, bytes: { ...written.bytes, deltas } };
}

async function writeSnapshot({ storage, store }: Writing, accounts: Accounts, block: BlockName) {
  const chunks = storage.freeze(accounts, MOST_CHUNK_BYTES);
  if (chunks === undefined) return undefined;
  const snapshot: SnapshotName = { block, chunks: chunks.length };
  await store.putChunks(snapshot, chunks);
  return { snapshot, bytes: { snapshot: chunks.reduce((sum, { length }) => sum + length, 0), deltas: 0 } };
}
