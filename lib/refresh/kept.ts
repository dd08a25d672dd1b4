import type { Address } from '../hex.ts';
import type { Book } from '../protocols/book.ts';
import type { Accounts, BookStorage } from '../protocols/book-storage.ts';
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
/** Chains turn back less far than this. */
const SETTLED_BLOCKS = 16;

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
  const unchanged = { ...before, block, accounts };
  const next = changed.length === 0 ? unchanged : await withDelta(writing, unchanged, changed);
  const renewed = isDue(next) && (await renewedSnapshot(writing, kept, next));
  return { kept: { ...next, ...(renewed || {}) }, changed };
}

async function withDelta(
  { storage, store }: Writing,
  next: Kept,
  changed: readonly Address[],
): Promise<Kept> {
  const { block, tip: parent, accounts } = next;
  const bytes = storage.freezeAccounts(accounts, changed);
  await store.putDelta({ block, parent, bytes });
  return { ...next, tip: block, bytes: { ...next.bytes, deltas: next.bytes.deltas + bytes.length } };
}

const isOld = ({ snapshot, block }: Kept): boolean =>
  block.number - snapshot.writtenAtBlock > OLDEST_SNAPSHOT_BLOCKS;

const isDue = (next: Kept): boolean =>
  isOld(next) || next.bytes.deltas > Math.max(FEW_BYTES, next.bytes.snapshot / 4);

/** Of accounts that are some blocks old: a chain that turns back still has them. Only where it saves half. */
async function renewedSnapshot(writing: Writing, kept: readonly Kept[], next: Kept) {
  const same = kept.filter(({ snapshot }) => snapshot.block.hash === next.snapshot.block.hash);
  const settled = same.findLast(({ block }) => next.block.number - block.number > SETTLED_BLOCKS);
  const chosen = settled ?? same[0];
  if (chosen === undefined || (!isOld(next) && chosen.bytes.deltas < next.bytes.deltas / 2)) return undefined;
  const written = await writeSnapshot(writing, chosen.accounts, chosen.tip, next.block);
  const deltas = next.bytes.deltas - chosen.bytes.deltas;
  return written && { ...written, bytes: { ...written.bytes, deltas } };
}

async function writeSnapshot(
  { storage, store }: Writing,
  accounts: Accounts,
  block: BlockName,
  { number: writtenAtBlock }: BlockName = block,
) {
  const chunks = storage.freeze(accounts, MOST_CHUNK_BYTES);
  if (chunks === undefined) return undefined;
  const snapshot: SnapshotName = { block, chunks: chunks.length, writtenAtBlock };
  await store.putChunks(snapshot, chunks);
  return { snapshot, bytes: { snapshot: chunks.reduce((sum, { length }) => sum + length, 0), deltas: 0 } };
}
