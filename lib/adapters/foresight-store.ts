import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { StoreError } from '../errors.ts';
import { decodeForesight, encodeForesight, type Foresight, type ForesightStore } from '../foresight.ts';
import { MOST_CHUNK_BYTES } from '../watchlist-store.ts';
import { WatchlistRows } from './watchlist-rows.ts';

export interface ForesightStoreOptions {
  readonly tableName: string;
  readonly client: DynamoDBClient;
  readonly chainId: number;
  /** Which racer's, where several share the protocols of a chain. */
  readonly racer?: string | undefined;
  readonly timeoutMs?: number;
}

/** One row, compressed, with its digest beside it: half a row is none. */
export function dynamoForesight(options: ForesightStoreOptions): ForesightStore {
  const { tableName, client, chainId, racer = '', timeoutMs = 15_000 } = options;
  const rows = new WatchlistRows({ client, tableName, timeoutMs });
  const key = { pk: `foresight#${chainId}`, sk: `racer#${racer}` };
  return {
    async read() {
      const row = await rows.get(key);
      return row && decodeForesight(unpacked(row.bytes?.B, row.text?.S));
    },
    async keep(foresight) {
      const bytes = packed(foresight);
      await rows.put({ ...key, bytes, text: digestOf(bytes) });
    },
  };
}

/** As much as a row holds: the rest is read when it is needed. */
function packed(foresight: Foresight): Uint8Array {
  const bytes = deflateRawSync(encodeForesight(foresight));
  const { reads } = foresight;
  return bytes.length <= MOST_CHUNK_BYTES || reads.length === 0
    ? bytes
    : packed({ ...foresight, reads: reads.slice(0, Math.floor(reads.length / 2)) });
}

function unpacked(bytes: Uint8Array | undefined, digest: string | undefined): string {
  if (bytes === undefined || digestOf(bytes) !== digest)
    throw new StoreError('What a market was foreseen to need is damaged: the next process writes it anew.');
  return inflateRawSync(bytes).toString();
}

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
