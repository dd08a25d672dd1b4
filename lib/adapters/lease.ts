import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { StoreError } from '../errors.ts';
import { dynamoClient } from './store.ts';
import { getRow, putRow, type Table } from './store-table.ts';

/** Who watches now, and until when nobody else needs to. */
export interface Lease {
  /** One invocation's own name. */
  readonly holder: string;
  /** Grows with every write: whoever writes must have seen the last one. */
  readonly version: number;
  readonly untilMs: number;
  /** Up to here the holder has heard what happened. */
  readonly seenBlock: number;
}

/** One row that changes hands by conditional puts. Every method throws StoreError when the store does not answer. */
export interface LeaseStore {
  /** Read consistently; `undefined` before the first watcher. */
  read(): Promise<Lease | undefined>;
  /**
   * Writes the lease in the place of the one that was read.
   * @returns what is now stored; `undefined` where somebody else was faster
   */
  replace(previous: Lease | undefined, next: Omit<Lease, 'version'>): Promise<Lease | undefined>;
}

const leaseSchema = v.object({
  holder: v.string(),
  version: v.number(),
  untilMs: v.number(),
  seenBlock: v.number(),
});

export function dynamoLease({
  tableName,
  name,
  client = dynamoClient(),
  timeoutMs = 3_000,
}: {
  readonly tableName: string;
  /** What is leased, e.g. `watcher#1`. */
  readonly name: string;
  readonly client?: DynamoDBClient;
  readonly timeoutMs?: number;
}): LeaseStore {
  const table: Table = { tableName, client, timeoutMs };
  const key = { pk: `LEASE#${name}`, sk: 'lease' };
  const read = async () => leaseOf(await getRow(table, key), key.pk);
  return {
    read,
    async replace(previous, next) {
      const lease = { ...next, version: (previous?.version ?? 0) + 1 };
      const written = await putRow(table, { row: { ...key, ...lease }, ...conditionOn(previous) });
      if (written) return lease;
      // A put whose answer got lost is repeated by the client, and is then refused because of itself.
      const stored = await read();
      return stored?.holder === lease.holder && stored.version === lease.version ? stored : undefined;
    },
  };
}

const conditionOn = (previous: Lease | undefined) =>
  previous === undefined
    ? { condition: 'attribute_not_exists(pk)' }
    : {
        condition: '#version = :version',
        names: { '#version': 'version' },
        values: { ':version': previous.version },
      };

function leaseOf(row: unknown, pk: string): Lease | undefined {
  if (row === undefined) return undefined;
  const parsed = v.safeParse(leaseSchema, row);
  if (parsed.success) return parsed.output;
  throw new StoreError(`Row ${pk} is not a lease: ${v.summarize(parsed.issues)}. Move it out of the table.`);
}
