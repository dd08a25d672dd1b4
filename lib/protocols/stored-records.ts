import * as v from 'valibot';
import { StoreError } from '../errors.ts';
import type { Address } from '../hex.ts';
import { type AccountRecord, decodeRecords } from '../watchlist/records.ts';

/** The first piece of what is stored: whose accounts the others are. */
export const encodeName = (market: object): Uint8Array => new TextEncoder().encode(JSON.stringify(market));

/** @throws StoreError for anything but the name of such a market */
export function parseName<S extends v.GenericSchema>(
  schema: S,
  name: Uint8Array | undefined,
): v.InferOutput<S> {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), new TextDecoder().decode(name));
  if (parsed.success) return parsed.output;
  throw new StoreError('The stored accounts do not say which market is theirs: run the backfill again.');
}

/** Each account as the last of these pieces has it; one that is gone has no entries. */
export const latestRecords = (pieces: readonly Uint8Array[]): ReadonlyMap<Address, AccountRecord> =>
  new Map(pieces.flatMap(decodeRecords).map((record) => [record.address, record]));

/** So many of them from this place on, beginning anew after the last. */
export function sampleOf(all: readonly Address[], from: number, count: number): readonly Address[] {
  const start = all.length === 0 ? 0 : from % all.length;
  return [...all.slice(start), ...all.slice(0, start)].slice(0, count);
}
