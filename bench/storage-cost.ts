import { type AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ZeroAddress } from 'ethers';
import { dynamoWatchlistStore } from '../lib/adapters/watchlist-store.ts';
import { aaveStorage } from '../lib/protocols/aave-v3/storage.ts';
import { followedMarket } from '../lib/protocols/aave-v3/touched.ts';
import { AccountTableBuilder } from '../lib/watchlist/account-table.ts';
import { watchlistOfTable } from '../lib/watchlist/watchlist.ts';
import { MOST_CHUNK_BYTES } from '../lib/watchlist-store.ts';
import { Random } from '../test/support/fuzz/random.ts';
import { marketState, randomEntry } from './synthetic-market.ts';

/** List prices of us-east-1 in USD, on demand, without the free tier. */
const USD = {
  millionWriteUnits: 0.625,
  millionReadUnits: 0.125,
  gigabyteMonth: 0.25,
  lambdaGigabyteSecond: 0.000_013_333_4,
  millionInvocations: 0.2,
};

/** What a month is taken to be. */
export const MONTH = {
  blocks: 216_000,
  accountsChangedInABlock: 3,
  coldRacers: 300,
  /** As the store's rows expire. */
  daysKept: 14,
  refreshMs: 400,
  refreshGigabytes: 1,
};

export interface CostLine {
  readonly what: string;
  readonly how: string;
  readonly usd: number;
}

/** Bytes of what is written, by what it is: of the very requests that the store makes. */
export interface ItemSizes {
  readonly chunks: readonly number[];
  readonly delta: number;
  readonly head: number;
  readonly row: number;
}

const storage = aaveStorage({ poolAddressesProvider: ZeroAddress });

export async function measuredSizes(accounts: number): Promise<ItemSizes> {
  const random = new Random(11);
  const builder = new AccountTableBuilder(accounts);
  for (let row = 0; row < accounts; row++) builder.add(randomEntry(random, row));
  const borrowers = { watchlist: watchlistOfTable(builder.build()), stable: new Map() };
  const book = { blockNumber: 24_000_000, market: followedMarket(marketState().pool), borrowers };
  const written: number[] = [];
  const store = dynamoWatchlistStore({
    ...{ client: measuringClient(written), tableName: 'ledger', nowMs: () => 1_760_000_000_000 },
    market: `1#${ZeroAddress}`,
  });
  const hash = `0x${'5a'.repeat(32)}`;
  const [block, parent] = [
    { number: 24_000_000, hash },
    { number: 23_999_999, hash },
  ];
  const chunks = storage.freeze(book, MOST_CHUNK_BYTES) ?? [];
  const snapshot = { block, chunks: chunks.length, writtenAtBlock: block.number };
  await store.putChunks(snapshot, chunks);
  const changed = storage.sample(book, 0, MONTH.accountsChangedInABlock);
  await store.putDelta({ block, parent, bytes: storage.freezeAccounts(book, changed) });
  const owed = { everybody: false, deltas: [block] };
  await store.commit({ version: 1_000_000, snapshot, tip: block, cursor: block, owed, quarantined: [] });
  await store.putAccounts(
    changed.map((address) => ({
      ...{ address, version: 1_000_000, blockNumber: block.number },
      bytes: storage.freezeAccounts(book, [address]),
    })),
  );
  const [delta = 0, head = 0, ...rows] = written.splice(chunks.length);
  return { chunks: written, delta, head, row: Math.max(...rows) };
}

/** Every line of the bill that storing accounts makes. */
export function costLines(accounts: number, sizes: ItemSizes): readonly CostLine[] {
  const { blocks, accountsChangedInABlock, coldRacers, daysKept } = MONTH;
  const snapshotBytes = sum(sizes.chunks);
  const snapshotUnits = sum(sizes.chunks.map(writeUnits));
  // As lib/refresh/kept.ts: when deltas make a quarter of it, or after three days.
  const snapshots = Math.max(10, Math.ceil((blocks * sizes.delta) / (snapshotBytes / 4)));
  const perBlock =
    writeUnits(sizes.head) + writeUnits(sizes.delta) + accountsChangedInABlock * writeUnits(sizes.row);
  const coldUnits = sum(sizes.chunks.map(readUnits)) + readUnits(snapshotBytes / 8);
  const stored = accounts * sizes.row + (daysKept / 30) * (snapshots * snapshotBytes + blocks * sizes.delta);
  const writes = (units: number) => (units / 1e6) * USD.millionWriteUnits;
  const reads = (units: number) => (units / 1e6) * USD.millionReadUnits;
  const computed =
    blocks * (MONTH.refreshMs / 1_000) * MONTH.refreshGigabytes * USD.lambdaGigabyteSecond +
    (blocks / 1e6) * USD.millionInvocations;
  return [
    {
      what: 'each block: cursor, changes, accounts',
      how: `${count(blocks)} blocks × ${perBlock} write units`,
      usd: writes(blocks * perBlock),
    },
    {
      what: 'snapshots',
      how: `${snapshots} × ${count(snapshotUnits)} write units (${mb(snapshotBytes)} in ${sizes.chunks.length} chunks)`,
      usd: writes(snapshots * snapshotUnits),
    },
    {
      what: 'reads of cursor and quarantine',
      how: `${count(blocks)} blocks × 2 read units`,
      usd: reads(blocks * 2),
    },
    {
      what: 'cold racers',
      how: `${coldRacers} × ${count(coldUnits)} read units`,
      usd: reads(coldRacers * coldUnits),
    },
    { what: 'storage', how: `${mb(stored)}`, usd: (stored / 1e9) * USD.gigabyteMonth },
    {
      what: 'the refreshing Lambda',
      how: `${count(blocks)} × ${MONTH.refreshMs} ms × ${MONTH.refreshGigabytes} GB`,
      usd: computed,
    },
  ];
}

/** Once, and again only after a loss. */
export const firstFillUsd = (accounts: number, sizes: ItemSizes): number =>
  ((accounts * writeUnits(sizes.row) + sum(sizes.chunks.map(writeUnits))) / 1e6) * USD.millionWriteUnits;

/** As README.md has it. */
export function costTable(lines: readonly CostLine[]): string {
  const total = sum(lines.map(({ usd }) => usd));
  const rows = lines.map(({ what, how, usd }) => `| ${what} | ${how} | ${usd.toFixed(2)} |`);
  return ['| | | USD a month |', '|---|---|---|', ...rows, `| **sum** | | **${total.toFixed(2)}** |`].join(
    '\n',
  );
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
const writeUnits = (bytes: number): number => Math.ceil(bytes / 1_024);
/** Read consistently. */
const readUnits = (bytes: number): number => Math.ceil(bytes / 4_096);
const count = (number: number): string => number.toLocaleString('en-US');
const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;

/** Sends nothing. */
function measuringClient(written: number[]): DynamoDBClient {
  const client = new DynamoDBClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
  });
  client.middlewareStack.add(
    () => async (args) => {
      const { input } = args;
      if ('Item' in input && input.Item !== undefined) written.push(itemBytes(input.Item));
      return { output: { $metadata: {} }, response: {} };
    },
    { step: 'initialize', priority: 'high' },
  );
  return client;
}

/** DynamoDB developer guide, "DynamoDB item sizes and formats". */
function itemBytes(item: Readonly<Record<string, AttributeValue>>): number {
  return sum(Object.entries(item).map(([name, value]) => Buffer.byteLength(name) + valueBytes(value)));
}

function valueBytes({ S, N, B }: AttributeValue): number {
  if (S !== undefined) return Buffer.byteLength(S);
  if (N !== undefined) return Math.ceil(N.length / 2) + 1;
  return B?.length ?? 0;
}
