import { afterAll, beforeAll, expect, test } from 'vitest';
import { dynamoLedger } from '../../lib/adapters/store.ts';
import { dynamoDays } from '../../lib/adapters/store-days.ts';
import type { Planned } from '../../lib/ledger/fact.ts';
import { readDays } from '../../lib/ledger/read-days.ts';
import { reportOfDays } from '../../lib/ledger/report.ts';
import { closeDays } from '../../lib/settling/close-days.ts';
import { type LocalDynamo, PATIENCE_MS, startDynamo } from '../support/dynamodb.ts';
import { ALICE, hash, plan, plannedFor } from '../support/settlement.ts';

const DAY = 86_400;
/** 2025-10-10, midnight UTC. */
const MIDNIGHT = 1_760_054_400;

let dynamo: LocalDynamo;
beforeAll(async () => {
  dynamo = await startDynamo();
});
afterAll(() => dynamo.stop());

async function scene() {
  const units: number[] = [];
  const options = { tableName: await dynamo.createTable(), client: dynamo.client, timeoutMs: PATIENCE_MS };
  const onCapacity = (read: number) => units.push(read);
  const ledger = dynamoLedger({ ...options, onCapacity });
  const days = dynamoDays({ ...options, onCapacity });
  const at = (seconds: number) => ({ ledger, days, clock: { nowMs: () => seconds * 1_000 } });
  return { ledger: { ...ledger, ...days }, at, units };
}

const bundle = (index: number, updateAtSeconds: number): Planned =>
  plannedFor([ALICE], { updateId: hash(index), ownTransactionHash: hash(1_000 + index), updateAtSeconds });

const expired = ({ updateId, chainId, updateAtSeconds, atMs, ownTransactionHash }: Planned) =>
  ({ updateId, chainId, updateAtSeconds, atMs, ownTransactionHash, state: 'expired' }) as const;

test('a day is closed when it is over and nothing of it is open; then its facts are read no more', async () => {
  const { ledger, at, units } = await scene();
  const [first, second] = [bundle(1, MIDNIGHT + 10), bundle(2, MIDNIGHT + DAY + 10)];
  for (const fact of [first, expired(first), second]) await ledger.append(fact);

  expect(await closeDays(at(MIDNIGHT + DAY + 3_000))).toEqual([]);
  expect(await closeDays(at(MIDNIGHT + DAY + 3_700))).toEqual(['2025-10-10']);
  expect(await closeDays(at(MIDNIGHT + 2 * DAY + 3_700))).toEqual([]);
  expect(await ledger.finalDayCursor()).toBe('2025-10-10');

  const range = { fromSeconds: MIDNIGHT, toSeconds: MIDNIGHT + 2 * DAY };
  units.length = 0;
  const days = await readDays(ledger, range);
  // One query of the month's sums, one of the open day's facts.
  expect(units).toHaveLength(2);
  expect(days).toEqual(await readDays(ledger, range, { recount: true }));
  expect(reportOfDays(days, []).total).toMatchObject({
    results: { expired: 1, open: 1 },
    missedProfitWei: plan(ALICE).profitWei,
  });

  await ledger.append(expired(second));
  expect(await closeDays(at(MIDNIGHT + 2 * DAY + 3_700))).toEqual(['2025-10-11']);
  expect(await closeDays(at(MIDNIGHT + 2 * DAY + 3_700))).toEqual([]);
});

test('a day that is long over is not closed while it is still written to, as in a box that plays the past', async () => {
  const { ledger, at } = await scene();
  const nowSeconds = MIDNIGHT + 50 * DAY;
  const planned = { ...bundle(1, MIDNIGHT + 10), atMs: (nowSeconds - 60) * 1_000 };
  for (const fact of [planned, expired(planned)]) await ledger.append(fact);
  expect(await closeDays(at(nowSeconds))).toEqual([]);
  expect(await closeDays(at(nowSeconds + 3_600))).toEqual(['2025-10-10']);
});

test('part of a day is counted from its facts, however final the day', async () => {
  const { ledger, at } = await scene();
  const [early, late] = [bundle(1, MIDNIGHT + 10), bundle(2, MIDNIGHT + 20_000)];
  for (const fact of [early, expired(early), late, expired(late)]) await ledger.append(fact);
  await closeDays(at(MIDNIGHT + DAY + 3_700));
  const days = await readDays(ledger, { fromSeconds: MIDNIGHT, toSeconds: MIDNIGHT + 10_000 });
  expect(days).toMatchObject([{ updates: 1, facts: 2 }]);
});

test('a later revision replaces the one before it', async () => {
  const { ledger, at } = await scene();
  const first = bundle(1, MIDNIGHT + 10);
  for (const fact of [first, expired(first)]) await ledger.append(fact);
  await closeDays(at(MIDNIGHT + DAY + 3_700));
  const [sum] = await ledger.finalDays('2025-10-10', '2025-10-10');
  if (sum === undefined) throw new Error('The day is not closed.');
  expect(await ledger.storeFinalDay({ ...sum, updates: 7 }, 1)).toBe(false);
  expect(await ledger.storeFinalDay({ ...sum, updates: 8 }, 2)).toBe(true);
  expect(await ledger.finalDays('2025-09-01', '2026-02-01')).toMatchObject([{ updates: 8 }]);
});
