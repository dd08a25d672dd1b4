import type { Chain } from '../chain.ts';
import { readStoredAccounts, type StoredAccounts } from '../market/stored-accounts.ts';
import type { BookStorage } from '../protocols/book-storage.ts';
import type { ProtocolSource } from '../protocols/protocol.ts';
import { type ResidentBook, residentBook } from '../protocols/resident-book.ts';
import type { BlockName, OwedRows, Quarantined, WatchlistStore } from '../watchlist-store.ts';
import type { Kept } from './kept.ts';

interface BeginDeps {
  readonly source: ProtocolSource;
  readonly storage: BookStorage;
  readonly chain: Chain;
  readonly store: WatchlistStore;
}

/** What a keeper knows between two heads. */
export interface Memory {
  readonly resident: ResidentBook;
  /** Of the stored head; 0 before the first. */
  readonly version: number;
  /** Ascending; all in one chain. */
  readonly kept: readonly Kept[];
  readonly owed: OwedRows;
  readonly quarantined: readonly Quarantined[];
}

/** More blocks are a backfill's work. */
const MOST_BLOCKS_AT_ONCE = 50_000;
/** What was discovered so long before the last stored head is final. */
const FINAL_BLOCKS = 256;

/** From what is stored, as far as the chain still has it; else from the chain itself. */
export async function begin(deps: BeginDeps, head: BlockName): Promise<Memory | 'needsBackfill'> {
  const stored = await readStoredAccounts(deps.chain, deps.storage, deps.store, head);
  if (typeof stored === 'object') return beginStored(deps, stored);
  if (stored === 'neverStored') return beginNew(deps, head);
  return beginAgain(deps, stored, head);
}

function beginStored({ source, storage }: BeginDeps, stored: StoredAccounts): Memory {
  const { head, accounts, block, tip, bytes } = stored;
  const start = { storage, accounts, hash: block.hash };
  return {
    resident: residentBook(source, start),
    version: head.version,
    kept: [{ block, tip, snapshot: head.snapshot, bytes, accounts }],
    owed: { ...head.owed, deltas: [...head.owed.deltas, ...stored.orphaned] },
    quarantined: head.quarantined,
  };
}

function beginNew({ source }: BeginDeps, head: BlockName): Memory | 'needsBackfill' {
  if (head.number - source.deployedAtBlock > MOST_BLOCKS_AT_ONCE) return 'needsBackfill';
  return {
    ...{ resident: residentBook(source), version: 0, kept: [], quarantined: [] },
    owed: { everybody: true, deltas: [] },
  };
}

/** The accounts' own rows say whom to read, if they were all written; only what came after is looked for. */
async function beginAgain(
  { source, store }: BeginDeps,
  why: string,
  { number }: BlockName,
): Promise<Memory | 'needsBackfill'> {
  const [head, rows] = await Promise.all([store.head(), store.accounts()]);
  await store.putIncident({ kind: 'readInFull', blockNumber: number, subject: 'all', details: { why } });
  const isComplete = head !== undefined && !head.owed.everybody;
  const finalBlock = isComplete ? head.snapshot.block.number - FINAL_BLOCKS : 0;
  const discoveredTo = Math.max(source.deployedAtBlock - 1, finalBlock);
  if (number - discoveredTo > MOST_BLOCKS_AT_ONCE) return 'needsBackfill';
  return {
    resident: residentBook(source, { borrowers: rows.map(({ address }) => address), discoveredTo }),
    ...{ version: head?.version ?? 0, kept: [], owed: { everybody: true, deltas: [] } },
    quarantined: head?.quarantined ?? [],
  };
}
