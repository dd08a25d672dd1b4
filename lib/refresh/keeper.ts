import type { Chain } from '../chain.ts';
import { isInChain } from '../market/stored-accounts.ts';
import type { Book } from '../protocols/book.ts';
import type { BookStorage } from '../protocols/book-storage.ts';
import type { ProtocolSource } from '../protocols/protocol.ts';
import type { BlockName, WatchlistStore } from '../watchlist-store.ts';
import { begin, type Memory } from './begin.ts';
import type { ReadChecked } from './drift-check.ts';
import { type Kept, nextKept } from './kept.ts';
import { payRows } from './rows.ts';

export interface KeeperDeps {
  readonly source: ProtocolSource;
  readonly storage: BookStorage;
  readonly chain: Chain;
  readonly store: WatchlistStore;
  /** Compares some of the book with the protocol's own view, and puts right what is wrong. */
  readonly readChecked?: ReadChecked;
}

export type KeepAnswer =
  | { readonly kept: 'stored'; readonly changed: number; readonly version: number; readonly book: Book }
  /** Somebody else stored a head in between; the next call begins with that. */
  | { readonly kept: 'overtaken' }
  /** The block was replaced while it was read. */
  | { readonly kept: 'replaced' }
  /** Nothing stored, and too many blocks to look through: a backfill has to begin it. */
  | { readonly kept: 'needsBackfill' }
  /** Accounts of this market change without a log: whoever needs them reads them. */
  | { readonly kept: 'unstorable' };

/** Keeps one market's stored accounts up with the chain: each call stores one more head. */
export interface Keeper {
  keep(head: BlockName): Promise<KeepAnswer>;
}

/** Accounts as they were stored at so many heads are remembered, for chains that turn back. */
const MOST_KEPT = 64;

export function keeperOf(deps: KeeperDeps): Keeper {
  let memory: Memory | undefined;
  return {
    async keep({ number, hash }) {
      const begun = memory ?? (await begin(deps, { number, hash }));
      if (begun === 'needsBackfill') return { kept: begun };
      // Until all of this has happened nothing is known: the next call begins with what is stored.
      memory = undefined;
      const stored = await keepFrom(begun, { number, hash }, deps);
      if ('memory' in stored) {
        memory = stored.memory;
        return stored.answer;
      }
      return stored;
    },
  };
}

/** Stores one head more than is in this memory. */
export async function keepFrom(
  begun: Memory,
  head: BlockName,
  deps: KeeperDeps,
): Promise<KeepAnswer | { readonly answer: KeepAnswer; readonly memory: Memory }> {
  const { chain, store, storage } = deps;
  const { resident, version: before } = begun;
  const read = await resident.read(chain, head);
  const checked = await deps.readChecked?.(read, head, begun.quarantined);
  const { book, quarantined } = checked ?? { book: read, quarantined: begun.quarantined };
  if (book !== read) resident.adopt(book, head);
  const kept = await readShared(chain, begun.kept, head);
  if ((await chain.head(head.number)).hash !== head.hash) return { kept: 'replaced' };

  const next = await nextKept(deps, kept, book, head);
  if (next === undefined) return { kept: 'unstorable' };
  const owed = {
    everybody: begun.owed.everybody || kept.length === 0,
    deltas: [...begun.owed.deltas, ...tipsLost(begun.kept, kept), ...(next.changed.length > 0 ? [head] : [])],
  };
  const { snapshot, tip } = next.kept;
  const version = before + 1;
  const isFirst = await store.commit({ version, snapshot, tip, cursor: head, owed, quarantined });
  if (!isFirst) return { kept: 'overtaken' };
  await payRows({ storage, store }, owed, book, version);
  return {
    answer: { kept: 'stored', changed: next.changed.length, version, book },
    memory: {
      ...{ resident, version, quarantined, owed: { everybody: false, deltas: [] } },
      kept: [...kept.filter(({ block }) => block.number < head.number), next.kept].slice(-MOST_KEPT),
    },
  };
}

/** Those that are in the chain that has this head. */
async function readShared(chain: Chain, kept: readonly Kept[], head: BlockName): Promise<readonly Kept[]> {
  for (let left = kept; ; left = left.slice(0, -1)) {
    const newest = left.at(-1);
    if (newest === undefined || (await isInChain(chain, newest.block, head))) return left;
  }
}

/** Deltas of blocks that are gone. */
function tipsLost(before: readonly Kept[], after: readonly Kept[]): readonly BlockName[] {
  const left = new Set(after.map(({ tip }) => tip.hash));
  const lost = before.slice(after.length).filter(({ tip }) => !left.has(tip.hash));
  return [...new Map(lost.map(({ tip }) => [tip.hash, tip])).values()];
}
