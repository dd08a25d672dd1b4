import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { StoreError } from '../errors.ts';
import type { Hex } from '../hex.ts';
import { storeFault } from './store-fault.ts';

/**
 * One market's accounts in DynamoDB: a snapshot in chunks, and a row for each block since. Only what the head
 * names exists: chunks and deltas are written first, then one conditional put of the head makes them count, so
 * that cursor and change are there together or not at all. Everything else expires.
 */
export interface WatchlistStore {
  /** Read consistently; `undefined` before the first commit. */
  head(): Promise<WatchlistHead | undefined>;
  /** Of the head, in order, all at once. */
  chunks(head: WatchlistHead): Promise<readonly Uint8Array[]>;
  /** Of the head, after this block, in order, all at once. */
  deltasAfter(head: WatchlistHead, blockNumber: number): Promise<readonly Uint8Array[]>;
  putChunks(snapshot: SnapshotName, chunks: readonly Uint8Array[]): Promise<void>;
  putDelta(block: BlockName, bytes: Uint8Array): Promise<void>;
  /** `false`: somebody else committed in between; nothing was written. */
  commit(head: WatchlistHead): Promise<boolean>;
}

export interface BlockName {
  readonly number: number;
  readonly hash: Hex;
}

export interface SnapshotName {
  /** The accounts are as of this block. */
  readonly block: BlockName;
  readonly chunks: number;
}

export interface WatchlistHead {
  /** One more than that of the head which this one replaces; the first is 1. */
  readonly version: number;
  readonly snapshot: SnapshotName;
  /** Every block since, ascending, each the child of the one before. */
  readonly deltas: readonly BlockName[];
}

export interface WatchlistStoreOptions {
  readonly tableName: string;
  readonly client: DynamoDBClient;
  /** Names the market: its chain and address. */
  readonly market: string;
  readonly nowMs: () => number;
  /** For one call, its retries included. */
  readonly timeoutMs?: number;
}

/** An item holds 400 KB; the rest is for its keys. */
export const MOST_CHUNK_BYTES = 390_000;
const LIFETIME_SECONDS = 14 * 86_400;

export function dynamoWatchlistStore(options: WatchlistStoreOptions): WatchlistStore {
  const rows = new Rows(options);
  const chunkKey = ({ block }: SnapshotName, index: number) => `chunk#${block.hash}#${index}`;
  const deltaKey = ({ number, hash }: BlockName) => `delta#${number}#${hash}`;
  return {
    async head() {
      const text = await rows.get(HEAD_KEY, 'text');
      return text === undefined ? undefined : parseHead(String(text));
    },
    chunks: ({ snapshot }) =>
      Promise.all(
        Array.from({ length: snapshot.chunks }, (_, index) => rows.getBytes(chunkKey(snapshot, index))),
      ),
    deltasAfter: ({ deltas }, blockNumber) =>
      Promise.all(
        deltas.filter(({ number }) => number > blockNumber).map((block) => rows.getBytes(deltaKey(block))),
      ),
    async putChunks(snapshot, chunks) {
      await Promise.all(chunks.map((bytes, index) => rows.putBytes(chunkKey(snapshot, index), bytes)));
    },
    putDelta: (block, bytes) => rows.putBytes(deltaKey(block), bytes),
    commit: (head) => rows.putHead(head),
  };
}

const HEAD_KEY = 'head';

const headSchema = v.object({
  version: v.number(),
  snapshot: v.object({ block: v.object({ number: v.number(), hash: v.string() }), chunks: v.number() }),
  deltas: v.array(v.object({ number: v.number(), hash: v.string() })),
});

function parseHead(text: string): WatchlistHead {
  const parsed = v.safeParse(headSchema, JSON.parse(text));
  if (parsed.success) return parsed.output;
  throw new StoreError('The head of the watchlist was not written by this program: run the backfill again.');
}

class Rows {
  readonly #options: WatchlistStoreOptions;

  constructor(options: WatchlistStoreOptions) {
    this.#options = options;
  }

  async get(sk: string, attribute: 'text' | 'bytes'): Promise<string | Uint8Array | undefined> {
    const command = new GetItemCommand({
      TableName: this.#options.tableName,
      Key: this.#key(sk),
      ConsistentRead: true,
    });
    const { Item } = await this.#attempt(`read ${sk} of the watchlist`, () =>
      this.#options.client.send(command, this.#deadline()),
    );
    return attribute === 'text' ? Item?.text?.S : Item?.bytes?.B;
  }

  async getBytes(sk: string): Promise<Uint8Array> {
    const bytes = await this.get(sk, 'bytes');
    if (bytes instanceof Uint8Array) return bytes;
    throw new StoreError(
      `Row ${sk} of the watchlist is missing though its head names it: run the backfill again.`,
    );
  }

  async putBytes(sk: string, bytes: Uint8Array): Promise<void> {
    const expiresAt = Math.floor(this.#options.nowMs() / 1000) + LIFETIME_SECONDS;
    const command = new PutItemCommand({
      TableName: this.#options.tableName,
      Item: { ...this.#key(sk), bytes: { B: bytes }, expiresAt: { N: `${expiresAt}` } },
    });
    await this.#attempt(`write ${sk} of the watchlist`, () =>
      this.#options.client.send(command, this.#deadline()),
    );
  }

  async putHead(head: WatchlistHead): Promise<boolean> {
    const text = JSON.stringify(head);
    const command = new PutItemCommand({
      TableName: this.#options.tableName,
      Item: { ...this.#key(HEAD_KEY), version: { N: `${head.version}` }, text: { S: text } },
      ConditionExpression:
        head.version === 1 ? 'attribute_not_exists(pk)' : '#version = :before OR #text = :text',
      ExpressionAttributeNames: head.version === 1 ? undefined : { '#version': 'version', '#text': 'text' },
      ExpressionAttributeValues:
        head.version === 1 ? undefined : { ':before': { N: `${head.version - 1}` }, ':text': { S: text } },
    });
    try {
      await this.#options.client.send(command, this.#deadline());
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return this.#isOwn(text);
      throw storeFault('commit the head of the watchlist', error);
    }
  }

  /** A put whose answer got lost is repeated by the client, and then meets its own row. */
  async #isOwn(text: string): Promise<boolean> {
    return (await this.get(HEAD_KEY, 'text')) === text;
  }

  #key(sk: string) {
    return { pk: { S: `watchlist#${this.#options.market}` }, sk: { S: sk } };
  }

  #deadline() {
    return { abortSignal: AbortSignal.timeout(this.#options.timeoutMs ?? 6_000) };
  }

  async #attempt<T>(action: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw storeFault(action, error);
    }
  }
}
