import * as v from 'valibot';
import { StoreError } from '../errors.ts';
import { isoSeconds } from './key.ts';
import type { StoredRecord } from './record.ts';

/** Somebody said stop: races are decided and written down, and nothing is signed. */
export interface Pause {
  readonly reason: string;
  readonly atMs: number;
}

/** Where a chain's stop is: a row of its own beside the facts, written over and never deleted. */
export const pauseKey = (chainId: number) => ({ pk: `CONTROL#${chainId}`, sk: 'pause' }) as const;

/** @param pause `undefined` lets the races go on */
export const pauseRow = (chainId: number, pause: Pause | undefined): StoredRecord => ({
  ...pauseKey(chainId),
  paused: pause !== undefined,
  ...pause,
});

/** @throws StoreError for a row that nobody understands: whether to stop must never be a guess */
export function pauseOf(row: StoredRecord | undefined): Pause | undefined {
  if (row === undefined || row.paused === false) return undefined;
  const parsed = v.safeParse(pauseSchema, row);
  if (parsed.success) return parsed.output;
  throw new StoreError(
    `Row ${row.pk} / ${row.sk} is not a pause: write it anew with \`liquidator pause\` or \`liquidator resume\`.`,
  );
}

export const pauseText = ({ reason, atMs }: Pause): string =>
  `paused since ${isoSeconds(atMs / 1_000)}: ${reason}`;

const pauseSchema = v.object({
  reason: v.string(),
  atMs: v.pipe(v.number(), v.minValue(0)),
});
