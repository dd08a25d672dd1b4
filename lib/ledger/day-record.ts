import * as v from 'valibot';
import { StoreError } from '../errors.ts';
import { AMOUNTS, type Amounts, amountsFrom } from './amounts.ts';
import type { DaySum } from './day-sum.ts';
import { RESULTS } from './line.ts';
import { MISS_REASONS } from './outcome.ts';
import type { StoredRecord } from './record.ts';
import { skipReason, triggerKind } from './schema.ts';
import { address, amount, count, hex } from './stored-fields.ts';

/** Cells, and so the stored text, may change their shape: sums of another version are counted anew. */
const VERSION = 2;

/**
 * A final day's sum as a row: one text, since nothing is ever asked of one cell alone. Revision 1 is the first; a
 * later one replaces those before it, and none is ever changed.
 */
export function toDayRecord(sum: DaySum, revision: number): StoredRecord {
  return { ...dayKey(sum.day, revision), revision, schemaVersion: VERSION, sum: textOf(sum) };
}

/** @returns `undefined` for a sum of another version @throws StoreError for what is no sum at all */
export function fromDayRecord({ pk, sk, schemaVersion, sum }: StoredRecord): DaySum | undefined {
  if (schemaVersion !== VERSION) return undefined;
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), daySum), sum);
  if (parsed.success) return parsed.output;
  throw new StoreError(
    `Row ${String(pk)} / ${String(sk)} is not a day's sum: ${v.summarize(parsed.issues)}. Delete it, and the day is counted anew.`,
  );
}

/** Months are partitions: a quarter is three queries. */
export const dayKey = (day: string, revision: number) => ({
  pk: monthKey(day),
  sk: `${day}#${String(revision).padStart(4, '0')}`,
});

export const monthKey = (day: string): string => `DAYS#${day.slice(0, 7)}`;

function textOf({ cells, ...sum }: DaySum): string {
  const sparse = cells.map((cell) => ({ ...cell, amounts: withoutZeros(cell.amounts) }));
  return JSON.stringify({ ...sum, cells: sparse }, (_, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
}

const withoutZeros = (amounts: Amounts) =>
  Object.fromEntries(AMOUNTS.flatMap((name) => (amounts[name] === 0n ? [] : [[name, amounts[name]]])));

const cell = v.strictObject({
  day: v.string(),
  chainId: count,
  feed: v.optional(v.string()),
  trigger: v.optional(triggerKind),
  protocol: v.optional(v.string()),
  collateralAsset: v.optional(v.string()),
  debtAsset: v.optional(v.string()),
  funding: v.optional(v.string()),
  builder: v.optional(v.string()),
  result: v.picklist(RESULTS),
  reason: v.optional(skipReason),
  miss: v.optional(v.picklist(MISS_REASONS)),
  lines: count,
  amounts: v.pipe(v.record(v.picklist(AMOUNTS), amount), v.transform(amountsFrom)),
  usd: v.strictObject({
    ...{ grossProfitUsd26: amount, bidUsd26: amount, gasCostUsd26: amount },
    ...{ netProfitUsd26: amount, missedProfitUsd26: amount },
  }),
  unpriced: count,
  flashFee: amount,
});

const histogram = v.record(v.string(), count);

const daySum = v.strictObject({
  day: v.string(),
  updates: count,
  facts: count,
  cells: v.array(cell),
  latencies: v.strictObject({
    ...{ decoded: v.optional(histogram), decided: v.optional(histogram), claimed: v.optional(histogram) },
    ...{ signed: v.optional(histogram), simulated: v.optional(histogram), sent: v.optional(histogram) },
  }),
  moments: v.array(v.strictObject({ atSeconds: count, netProfitWei: amount })),
  duels: v.array(
    v.strictObject({ atSeconds: count, updateId: hex, offeredWei: amount, rivalPaidWei: amount }),
  ),
  tokens: v.array(v.strictObject({ address, symbol: v.string(), decimals: count })),
});
