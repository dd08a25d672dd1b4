import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { StoreError } from '../errors.ts';
import type {
  AccountRow,
  BlockName,
  Delta,
  Incident,
  SnapshotName,
  WatchlistStore,
} from '../watchlist-store.ts';
import { dynamoClient } from './store.ts';
import { type Item, type RowKey, WatchlistRows } from './watchlist-rows.ts';

export interface WatchlistStoreOptions {
  readonly tableName: string;
  readonly client?: DynamoDBClient;
  /** Names the market: its chain and address. */
  readonly market: string;
  readonly nowMs: () => number;
  /** For one call, its retries included. */
  readonly timeoutMs?: number;
}

/** A snapshot is replaced before a third of this has passed. */
const LIFETIME_SECONDS = 14 * 86_400;
const INCIDENT_SECONDS = 90 * 86_400;
/** Items that travel at once. */
const AT_ONCE = 32;
const ACCOUNT_PARTITIONS = 4;

/**
 * Watchlists in the ledger's table. Chunks and accounts are spread over partitions, each of which takes a thousand
 * writes a second.
 */
export function dynamoWatchlistStore(options: WatchlistStoreOptions): WatchlistStore {
  const { client = dynamoClient(), timeoutMs = 6_000, nowMs } = options;
  const rows = new WatchlistRows({ client, timeoutMs, tableName: options.tableName });
  const pk = `watchlist#${options.market}`;
  const headKey = { pk, sk: 'head' };
  const chunkKey = ({ block }: SnapshotName, index: number): RowKey => ({
    pk: `${pk}#chunk#${index}`,
    sk: `${block.number}#${block.hash}`,
  });
  const deltaKey = ({ number, hash }: BlockName): RowKey => ({ pk, sk: `delta#${sortable(number)}#${hash}` });
  const accountsKey = (place: number): string => `${pk}#accounts#${place}`;
  const expiry = (seconds: number) => ({ expiresAt: { N: `${Math.floor(nowMs() / 1000) + seconds}` } });

  return {
    async head() {
      const text = (await rows.get(headKey))?.text?.S;
      return text === undefined ? undefined : parseText(headSchema, text);
    },
    chunks: (snapshot) =>
      Promise.all(
        Array.from({ length: snapshot.chunks }, async (_, index) =>
          bytesOf(await rows.get(chunkKey(snapshot, index)), `chunk ${index}`),
        ),
      ),
    async deltas({ snapshot, tip }) {
      const [from, to] = [
        `delta#${sortable(snapshot.block.number + 1)}`,
        `delta#${sortable(tip.number + 1)}`,
      ];
      const known = new Map<string, Delta>();
      for await (const page of rows.between(pk, from, to))
        for (const delta of page.map(deltaOf)) known.set(nameOf(delta.block), delta);
      return lineage(known, tip, snapshot.block);
    },
    async delta(block) {
      const item = await rows.get(deltaKey(block));
      return item && deltaOf(item);
    },
    async putChunks(snapshot, chunks) {
      await inTurns(chunks, (bytes, index) =>
        rows.put({ ...chunkKey(snapshot, index), bytes, more: expiry(LIFETIME_SECONDS) }),
      );
    },
    putDelta: ({ block, parent, bytes }) =>
      rows.put({
        ...{ ...deltaKey(block), bytes },
        text: JSON.stringify({ block, parent }),
        more: expiry(LIFETIME_SECONDS),
      }),
    commit: (head) => rows.putNext(headKey, head.version, JSON.stringify(head)),
    async putAccounts(accounts) {
      await inTurns(accounts, ({ address, version, blockNumber, bytes }) => {
        const place = Number.parseInt(address.slice(2, 3), 16) % ACCOUNT_PARTITIONS;
        const key = { pk: accountsKey(place), sk: address };
        return rows.putNewer(key, version, { bytes, text: JSON.stringify({ blockNumber }) });
      });
    },
    async accounts() {
      const places = Array.from({ length: ACCOUNT_PARTITIONS }, (_, place) =>
        readAccounts(rows, accountsKey(place)),
      );
      return (await Promise.all(places)).flat();
    },
    putIncident(incident) {
      const { kind, blockNumber, subject } = incident;
      const sk = `incident#${sortable(blockNumber)}#${kind}#${subject}`;
      return rows.put({ pk, sk, text: JSON.stringify(incident), more: expiry(INCIDENT_SECONDS) });
    },
    async incidents(most) {
      const items = await rows.newest(pk, 'incident#', most);
      return items.map((item): Incident => parseText(incidentSchema, item.text?.S));
    },
  };
}

const blockSchema = v.object({ number: v.number(), hash: v.string() });
const headSchema = v.object({
  version: v.number(),
  snapshot: v.object({ block: blockSchema, chunks: v.number(), writtenAtBlock: v.number() }),
  ...{ tip: blockSchema, cursor: blockSchema },
  owed: v.object({ everybody: v.boolean(), deltas: v.array(blockSchema) }),
  quarantined: v.array(v.object({ borrower: v.string(), sinceBlock: v.number() })),
});
const deltaSchema = v.object({ block: blockSchema, parent: blockSchema });
const accountSchema = v.object({ blockNumber: v.number() });
const incidentSchema = v.object({
  kind: v.picklist(['drift', 'quarantined', 'released', 'wrongLogs', 'unprovenLogs', 'readInFull']),
  ...{ blockNumber: v.number(), subject: v.string(), details: v.record(v.string(), v.string()) },
});

const sortable = (blockNumber: number): string => String(blockNumber).padStart(12, '0');
const nameOf = ({ number, hash }: BlockName): string => `${number}#${hash}`;

const deltaOf = (item: Item): Delta => ({
  ...parseText(deltaSchema, item.text?.S),
  bytes: bytesOf(item, 'a delta'),
});

/** From the tip back to the snapshot, by parents. */
function lineage(known: ReadonlyMap<string, Delta>, tip: BlockName, start: BlockName): readonly Delta[] {
  const found: Delta[] = [];
  for (let block = tip; nameOf(block) !== nameOf(start); ) {
    const delta = known.get(nameOf(block));
    if (delta === undefined) throw missing(`The delta of block ${block.number}`);
    found.push(delta);
    block = delta.parent;
  }
  return found.reverse();
}

async function readAccounts(rows: WatchlistRows, pk: string): Promise<readonly AccountRow[]> {
  const found: AccountRow[] = [];
  for await (const page of rows.between(pk, '0', 'g')) {
    for (const item of page) {
      const version = Number(item.version?.N ?? 0);
      const { blockNumber } = parseText(accountSchema, item.text?.S);
      found.push({ address: item.sk?.S ?? '', version, blockNumber, bytes: bytesOf(item, 'an account') });
    }
  }
  return found;
}

function bytesOf(item: Item | undefined, what: string): Uint8Array {
  if (item?.bytes?.B !== undefined) return item.bytes.B;
  throw missing(`Its ${what}`);
}

const missing = (what: string): StoreError =>
  new StoreError(`${what} is missing from the watchlist though its head names it: run the backfill again.`);

function parseText<TSchema extends v.GenericSchema>(
  schema: TSchema,
  text: string | undefined,
): v.InferOutput<TSchema> {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), text);
  if (parsed.success) return parsed.output;
  throw new StoreError('A row of the watchlist was not written by this program: run the backfill again.');
}

async function inTurns<T>(all: readonly T[], put: (one: T, index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < all.length; index = next++) {
      const one = all[index];
      if (one !== undefined) await put(one, index);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
