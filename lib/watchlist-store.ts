import type { Address, Hex } from './hex.ts';

/**
 * One market's accounts outside of memory. Only what the head names exists: chunks and deltas are written first,
 * then one conditional write of the head makes them count, so that cursor and change are there together or not at
 * all. Every method throws StoreError where the store does not answer.
 */
export interface WatchlistStore {
  /** Read consistently; `undefined` before the first commit. */
  head(): Promise<WatchlistHead | undefined>;
  /** Of the snapshot, in order, all at once. */
  chunks(snapshot: SnapshotName): Promise<readonly Uint8Array[]>;
  /** From the snapshot's block, left out, to the tip, in order: those that the tip descends from, and no others. */
  deltas(head: Pick<WatchlistHead, 'snapshot' | 'tip'>): Promise<readonly Delta[]>;
  delta(block: BlockName): Promise<Delta | undefined>;
  putChunks(snapshot: SnapshotName, chunks: readonly Uint8Array[]): Promise<void>;
  putDelta(delta: Delta): Promise<void>;
  /** `false`: somebody else committed in between; nothing was written. */
  commit(head: WatchlistHead): Promise<boolean>;
  /** Each in the place of what was stored of it, unless that is of a newer head. */
  putAccounts(accounts: readonly AccountRow[]): Promise<void>;
  /** All of them, in no particular order. */
  accounts(): Promise<readonly AccountRow[]>;
  putIncident(incident: Incident): Promise<void>;
  /** The newest first. */
  incidents(most: number): Promise<readonly Incident[]>;
}

export interface BlockName {
  readonly number: number;
  readonly hash: Hex;
}

export interface SnapshotName {
  /** The accounts are as of this block. */
  readonly block: BlockName;
  readonly chunks: number;
  /** Chunks expire some time after this. */
  readonly writtenAtBlock: number;
}

export interface WatchlistHead {
  /** One more than that of the head which this one replaces; the first is 1. */
  readonly version: number;
  readonly snapshot: SnapshotName;
  /** The newest block with a delta; the snapshot's own where there is none since. */
  readonly tip: BlockName;
  /** Up to here nothing else has changed. */
  readonly cursor: BlockName;
  /** Accounts whose rows may be older than this head. */
  readonly owed: OwedRows;
  readonly quarantined: readonly Quarantined[];
}

/** By the deltas that name them, of blocks that are gone too. */
export interface OwedRows {
  readonly everybody: boolean;
  readonly deltas: readonly BlockName[];
}

/** What one block, or several together, changed. */
export interface Delta {
  readonly block: BlockName;
  /** The block of the delta, or of the snapshot, that this one follows. */
  readonly parent: BlockName;
  readonly bytes: Uint8Array;
}

/** One account as of a head: what is true of it, whatever becomes of snapshots. */
export interface AccountRow {
  readonly address: Address;
  readonly version: number;
  readonly blockNumber: number;
  readonly bytes: Uint8Array;
}

/** An account that was wrong again after it had been read anew: it is watched, and not raced. */
export interface Quarantined {
  readonly borrower: Address;
  readonly sinceBlock: number;
}

/** Something that should not have happened, and what it was. */
export interface Incident {
  readonly kind: IncidentKind;
  readonly blockNumber: number;
  /** One of a kind and block: written twice it is there once. */
  readonly subject: string;
  readonly details: Readonly<Record<string, string>>;
}

export type IncidentKind =
  /** An account in the book was not what its protocol says. */
  | 'drift'
  /** It was so again: not raced any more. */
  | 'quarantined'
  | 'released'
  /** A node left out logs, or made some up. */
  | 'wrongLogs'
  /** A node cannot prove its logs. */
  | 'unprovenLogs'
  /** Nothing stored was of use: all accounts were read from the chain. */
  | 'readInFull';

/** What a backfill has found so far of one market: block ranges, each there once, whoever looked through it. */
export interface BackfillStore {
  putRange(found: FoundRange): Promise<void>;
  /** In order of their first block. */
  ranges(): Promise<readonly FoundRange[]>;
}

export interface FoundRange {
  readonly fromBlock: number;
  readonly toBlock: number;
  readonly borrowers: readonly Address[];
}

/** An item holds 400 KB; the rest is for its keys. */
export const MOST_CHUNK_BYTES = 390_000;
