import { getAddress, hexlify } from 'ethers';
import * as v from 'valibot';
import { StoreError } from '../errors.ts';
import type { Address } from '../hex.ts';
import { type BackfillStore, type FoundRange, MOST_CHUNK_BYTES } from '../watchlist-store.ts';
import { dynamoClient } from './store.ts';
import { type Item, WatchlistRows } from './watchlist-rows.ts';
import type { WatchlistStoreOptions } from './watchlist-store.ts';

/** A backfill that was given up is forgotten. */
const LIFETIME_SECONDS = 14 * 86_400;
const MOST_ADDRESSES = Math.floor(MOST_CHUNK_BYTES / 20);

/** A row for each range; further rows, written before, where it has more borrowers than one holds. */
export function dynamoBackfillStore(options: WatchlistStoreOptions): BackfillStore {
  const { client = dynamoClient(), timeoutMs = 6_000, nowMs, tableName } = options;
  const rows = new WatchlistRows({ client, timeoutMs, tableName });
  const pk = `watchlist#${options.market}#backfill`;
  return {
    async putRange({ fromBlock, toBlock, borrowers }) {
      const expiresAt = { N: `${Math.floor(nowMs() / 1000) + LIFETIME_SECONDS}` };
      const parts = partsOf(borrowers);
      const text = JSON.stringify({ fromBlock, toBlock, parts: parts.length });
      // The first part is written last: with it the range counts.
      for (const [part, addresses] of [...parts.entries()].reverse()) {
        const sk = `${sortable(fromBlock)}#${sortable(toBlock)}#${part}`;
        await rows.put({ pk, sk, text, bytes: bytesOf(addresses), more: { expiresAt } });
      }
    },
    async ranges() {
      const items: Item[] = [];
      for await (const page of rows.between(pk, '0', ':')) items.push(...page);
      return items.filter(({ sk }) => sk?.S?.endsWith('#0')).map((item) => rangeOf(item, items));
    },
  };
}

const sortable = (blockNumber: number): string => String(blockNumber).padStart(12, '0');

function partsOf(borrowers: readonly Address[]): readonly (readonly Address[])[] {
  const count = Math.max(1, Math.ceil(borrowers.length / MOST_ADDRESSES));
  return Array.from({ length: count }, (_, part) =>
    borrowers.slice(part * MOST_ADDRESSES, (part + 1) * MOST_ADDRESSES),
  );
}

const bytesOf = (addresses: readonly Address[]): Uint8Array =>
  Buffer.from(addresses.map((address) => address.slice(2)).join(''), 'hex');

const rangeSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ fromBlock: v.number(), toBlock: v.number(), parts: v.number() }),
);

function rangeOf(item: Item, all: readonly Item[]): FoundRange {
  const parsed = v.safeParse(rangeSchema, item.text?.S);
  if (!parsed.success)
    throw new StoreError('A row of the backfill was not written by this program: delete it.');
  const { fromBlock, toBlock, parts } = parsed.output;
  const prefix = item.sk?.S?.slice(0, -1) ?? '';
  const borrowers = Array.from({ length: parts }, (_, part) => {
    const found = all.find(({ sk }) => sk?.S === `${prefix}${part}`);
    return addressesIn(found?.bytes?.B ?? new Uint8Array());
  });
  return { fromBlock, toBlock, borrowers: borrowers.flat() };
}

const addressesIn = (bytes: Uint8Array): readonly Address[] =>
  Array.from({ length: bytes.length / 20 }, (_, at) =>
    getAddress(hexlify(bytes.subarray(at * 20, at * 20 + 20))),
  );
