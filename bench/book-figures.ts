import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ZeroAddress } from 'ethers';
import { dynamoWatchlistStore } from '../lib/adapters/watchlist-store.ts';
import { readStoredAccounts } from '../lib/market/stored-accounts.ts';
import { isLiquidatable } from '../lib/protocols/aave-v3/account.ts';
import { type AaveBook, bookWith, withAccounts } from '../lib/protocols/aave-v3/book.ts';
import { accountOf } from '../lib/protocols/aave-v3/columns.ts';
import type { MarketState } from '../lib/protocols/aave-v3/read.ts';
import { aaveStorage, accountsOf } from '../lib/protocols/aave-v3/storage.ts';
import { followedMarket } from '../lib/protocols/aave-v3/touched.ts';
import { type AccountTable, AccountTableBuilder, entryAt } from '../lib/watchlist/account-table.ts';
import { watchlistOfTable } from '../lib/watchlist/watchlist.ts';
import { type BlockName, MOST_CHUNK_BYTES, type WatchlistStore } from '../lib/watchlist-store.ts';
import { startDynamo } from '../test/support/dynamodb.ts';
import { Random } from '../test/support/fuzz/random.ts';
import { type Percentiles, percentilesOf } from './statistics.ts';
import { ETHER_FEED, marketState, NOW_SECONDS, randomEntry } from './synthetic-market.ts';

export interface BookFigures {
  readonly accounts: number;
  readonly holdings: number;
  readonly crossing: number;
  /** Decided by the exact model. */
  readonly candidates: number;
  /** The market after the update, the search, and the exact decision. */
  readonly selectMs: Percentiles;
  /** The fastest of three for each update: what is left when others leave the cores alone. */
  readonly quietSelectMs: Percentiles;
  /** The same by the exact model alone, over all accounts. */
  readonly everybodyMs: number;
  /** One block's 200 changed accounts and moved prices, until the next update can be asked. */
  readonly blockMs: Percentiles;
  readonly bookMb: number;
  readonly processMb: number;
  readonly snapshotMb: number;
  readonly chunks: number;
  /** From the store's first answer asked for, to a book that answers. */
  readonly loadMs: number;
  /** Of it this process's own time, in which the store's stand-in is too. */
  readonly cpuMs: number;
  readonly indexMs: number;
}

const CROSSINGS = 10;
const SELECTIONS = 400;
const BLOCKS = 40;
const CHANGES = 200;
const STORED_BLOCKS = 200;

export async function measureBook(accounts: number): Promise<BookFigures> {
  const random = new Random(7);
  const state = marketState();
  const { bytes, snapshotMb, chunks } = snapshotOf(state, tableOf(random, accounts));
  const loaded = await load(state, bytes);
  const processMb = process.memoryUsage.rss() / 1e6;
  const { book } = loaded;
  const answer = answerFor(book, Math.min(CROSSINGS, accounts / 10));
  const selection = selectionTimes(random, book, answer);
  const everybodyMs = everybodyTime(book, answer);
  return {
    accounts,
    ...{ snapshotMb, chunks, ...selection, everybodyMs },
    holdings: book.borrowers.watchlist.table().slots.length,
    blockMs: blockTimes(random, book),
    ...{ bookMb: loaded.bookMb, processMb, loadMs: loaded.loadMs, indexMs: loaded.indexMs },
    cpuMs: loaded.cpuMs,
  };
}

function tableOf(random: Random, accounts: number): AccountTable {
  const builder = new AccountTableBuilder(accounts);
  for (let row = 0; row < accounts; row++) builder.add(randomEntry(random, row));
  return builder.build();
}

const storage = aaveStorage({ poolAddressesProvider: ZeroAddress });

function snapshotOf({ pool }: MarketState, table: AccountTable) {
  const borrowers = { watchlist: watchlistOfTable(table), stable: new Map() };
  const accounts = { blockNumber: 1, market: followedMarket(pool), borrowers };
  const bytes = storage.freeze(accounts, MOST_CHUNK_BYTES) ?? [];
  const size = bytes.reduce((sum, chunk) => sum + chunk.length, 0);
  return { bytes, snapshotMb: size / 1e6, chunks: bytes.length };
}

/** As a cold racer does it; then once more from the same bytes, for what the book alone takes. */
async function load(state: MarketState, chunks: readonly Uint8Array[]) {
  const dynamo = await startDynamo();
  const options = { client: dynamo.client, market: 'bench', nowMs: Date.now, timeoutMs: 300_000 };
  const store = dynamoWatchlistStore({ ...options, tableName: await dynamo.createTable() });
  const newest = await fill(store, chunks);
  const times = await loadTimes(state, store, newest);
  await dynamo.stop();
  // What sockets and streams hold is let go a little later.
  await sleep(100);
  collectGarbage();
  const before = memoryMb();
  const { borrowers } = accountsOf(storage.thaw({ blockNumber: newest.number, chunks, deltas: [] }));
  const book = bookWith(state, borrowers);
  return { ...times, book, bookMb: memoryMb() - before };
}

/** A snapshot, and some blocks after it. */
async function fill(store: WatchlistStore, chunks: readonly Uint8Array[]): Promise<BlockName> {
  let tip: BlockName = { number: 1, hash: '0x01' };
  const snapshot = { block: tip, chunks: chunks.length, writtenAtBlock: 1 };
  await store.putChunks(snapshot, chunks);
  const changed = { blockNumber: 1, chunks, deltas: [] };
  const accounts = storage.thaw(changed);
  for (let number = 2; number < 2 + STORED_BLOCKS; number++) {
    const bytes = storage.freezeAccounts(accounts, storage.sample(accounts, number * 3, 3));
    const block = { number, hash: `0x${number.toString(16)}` };
    await store.putDelta({ block, parent: tip, bytes });
    tip = block;
  }
  const owed = { everybody: false, deltas: [] };
  await store.commit({ version: 1, snapshot, tip, cursor: tip, owed, quarantined: [] });
  return tip;
}

/** Nothing of the book that was loaded stays. */
async function loadTimes(state: MarketState, store: WatchlistStore, newest: BlockName) {
  const chain = { head: () => Promise.reject(new Error('The newest block is known.')) };
  const [startedMs, cpu] = [performance.now(), process.cpuUsage()];
  const stored = await readStoredAccounts(chain, storage, store, newest);
  if (typeof stored === 'string') throw new Error(`Nothing was stored: ${stored}.`);
  const indexStartedMs = performance.now();
  bookWith(state, accountsOf(stored.accounts).borrowers);
  const endedMs = performance.now();
  const cpuMs = process.cpuUsage(cpu).user / 1_000;
  return { loadMs: endedMs - startedMs, cpuMs, indexMs: endedMs - indexStartedMs };
}

const collectGarbage = (() => {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
})();

function memoryMb(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 1e6;
}

/** The highest answer of the ether feed at which so many are liquidatable. */
function answerFor(book: AaveBook, crossings: number): bigint {
  let high = book.state.oracle.answerOf(ETHER_FEED);
  let low = high / 2n;
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (select(book, middle).crossing < crossings) high = middle;
    else low = middle;
  }
  return low;
}

function select(book: AaveBook, answer: bigint): { readonly crossing: number; readonly candidates: number } {
  const changes = [{ aggregator: ETHER_FEED, answer }];
  const after = book.marketAfter(changes, NOW_SECONDS + 12);
  const candidates = book.candidates(changes, after);
  const crossing = candidates.filter((account) => isLiquidatable(after, account));
  return { crossing: crossing.length, candidates: candidates.length };
}

function selectionTimes(random: Random, book: AaveBook, answer: bigint) {
  const samples: number[] = [];
  const quietest: number[] = [];
  for (let sample = -100; sample < SELECTIONS; sample++) {
    const near = answer + BigInt(random.integer(0, 100));
    const times = [0, 0, 0].map(() => {
      const startedMs = performance.now();
      select(book, near);
      return performance.now() - startedMs;
    });
    if (sample < 0) continue;
    samples.push(...times);
    quietest.push(Math.min(...times));
  }
  return {
    ...select(book, answer),
    selectMs: percentilesOf(samples),
    quietSelectMs: percentilesOf(quietest),
  };
}

function everybodyTime(book: AaveBook, answer: bigint): number {
  const table = book.borrowers.watchlist.table();
  const rows = Math.min(table.size, 20_000);
  const accounts = Array.from({ length: rows }, (_, row) => accountOf(entryAt(table, row)));
  const startedMs = performance.now();
  const after = book.marketAfter([{ aggregator: ETHER_FEED, answer }], NOW_SECONDS + 12);
  for (const account of accounts) isLiquidatable(after, account);
  return ((performance.now() - startedMs) * table.size) / rows;
}

function blockTimes(random: Random, first: AaveBook): Percentiles {
  let book = first;
  const table = book.borrowers.watchlist.table();
  const samples = Array.from({ length: BLOCKS }, (_, block) => {
    const changed = Array.from({ length: CHANGES }, () => {
      const { address } = entryAt(table, random.integer(0, table.size - 1));
      return accountOf({ ...randomEntry(random, 0), address });
    });
    const state = nextState(random, book.state, block);
    const startedMs = performance.now();
    book = bookWith(state, withAccounts(book.borrowers, changed));
    return performance.now() - startedMs;
  });
  return percentilesOf(samples);
}

/** One feed in ten says something new in each block, up to half a percent away. */
function nextState(random: Random, state: MarketState, block: number): MarketState {
  const feeds = new Map(
    [...state.oracle.feeds].map(([address, feed]) => {
      const move = random.chance(0.1) ? BigInt(random.integer(-50, 50)) : 0n;
      return [address, { ...feed, answer: feed.answer + (feed.answer * move) / 10_000n }] as const;
    }),
  );
  const oracle = { ...state.oracle, feeds, answerOf: (feed: string) => feeds.get(feed)?.answer ?? 0n };
  return { ...state, oracle, blockNumber: block + 2, timestampSeconds: NOW_SECONDS + 12 * (block + 1) };
}
