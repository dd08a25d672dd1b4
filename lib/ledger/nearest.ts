import * as v from 'valibot';
import { StoreError } from '../errors.ts';
import type { Position } from '../protocols/position.ts';
import type { TokenName } from './fact.ts';
import type { StoredRecord } from './record.ts';
import { address, amount, count, position, timeMs } from './stored-fields.ts';

/** Who was nearest to liquidation when somebody last looked: for people, nothing is decided by it. */
export interface Nearest {
  readonly chainId: number;
  /** Who looked, where several racers share the chain's protocols between them. */
  readonly racer?: string | undefined;
  readonly atMs: number;
  readonly headBlock: number;
  /** The nearest first. */
  readonly positions: readonly WatchedPosition[];
  /** What their tokens call themselves. */
  readonly tokens: readonly TokenName[];
}

export interface WatchedPosition extends Position {
  readonly protocol: string;
}

export interface NearestStore {
  /** What each racer saw last; none where nobody has looked yet. */
  nearest(chainId: number): Promise<readonly Nearest[]>;
  /** Over what was there before. */
  storeNearest(nearest: Nearest): Promise<void>;
}

const VERSION = 1;

/** A row of its own beside the facts, written over and over. */
export const nearestKey = (chainId: number, racer?: string) => ({
  pk: `MARKET#${chainId}`,
  sk: racer === undefined ? NEAREST : `${NEAREST}#${racer}`,
});

/** How the sort keys of all racers' rows begin. */
export const NEAREST = 'nearest';

export const toNearestRecord = (nearest: Nearest): StoredRecord => ({
  ...nearestKey(nearest.chainId, nearest.racer),
  schemaVersion: VERSION,
  nearest: JSON.stringify(nearest, (_, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  ),
});

/** @returns `undefined` of another version: the next look replaces it @throws StoreError for what is none at all */
export function fromNearestRecord(row: StoredRecord): Nearest | undefined {
  if (row.schemaVersion !== VERSION) return undefined;
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), nearest), row.nearest);
  if (parsed.success) return parsed.output;
  throw new StoreError(
    `Row ${String(row.pk)} / ${String(row.sk)} does not say who is near to liquidation: ${v.summarize(parsed.issues)}. Delete it; the next block writes it anew.`,
  );
}

const nearest = v.strictObject({
  ...{ chainId: count, racer: v.optional(v.string()), atMs: timeMs, headBlock: count },
  positions: v.array(
    v.strictObject({
      ...position,
      ...{ healthFactorWad: amount, collateralAsset: address, debtAsset: address, debt: amount },
    }),
  ),
  tokens: v.array(v.strictObject({ address, symbol: v.string(), decimals: count })),
});
