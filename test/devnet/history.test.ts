import { afterAll, beforeAll, expect, test } from 'vitest';
import { historyFacts, writeHistory } from '../../devnet/history/history.ts';
import { dynamoLedger } from '../../lib/adapters/store.ts';
import { dynamoDays } from '../../lib/adapters/store-days.ts';
import { readDays, readFacts } from '../../lib/ledger/read-days.ts';
import { DAY_GROUPINGS, reportOf, reportOfDays } from '../../lib/ledger/report.ts';
import { type LocalDynamo, PATIENCE_MS, startDynamo } from '../support/dynamodb.ts';

let dynamo: LocalDynamo;
beforeAll(async () => {
  dynamo = await startDynamo();
});
afterAll(() => dynamo.stop());

const OPTIONS = { days: 3, untilMs: Date.parse('2025-10-12T18:00:00Z'), heartbeats: 6 };
const RANGE = { fromSeconds: 1_760_054_400, toSeconds: 1_760_313_600 };

test('an invented past is whole: days that are over are closed, and their sums are those of their facts', async () => {
  const table = { tableName: await dynamo.createTable(), client: dynamo.client, timeoutMs: PATIENCE_MS };
  const ledger = { ...dynamoLedger(table), ...dynamoDays(table) };
  const { updates, facts } = await writeHistory(ledger, OPTIONS);

  const found = await readFacts(ledger, RANGE);
  expect(found).toHaveLength(facts);
  expect(await ledger.finalDays('2025-10-01', '2025-10-31')).toMatchObject([
    { day: '2025-10-10' },
    { day: '2025-10-11' },
  ]);
  const { total, groups } = reportOf(found, DAY_GROUPINGS);
  const ofDays = reportOfDays(await readDays(ledger, RANGE), DAY_GROUPINGS);
  expect(ofDays).toMatchObject({ updates, total });
  for (const grouping of DAY_GROUPINGS)
    expect(ofDays.groups[grouping]?.map(({ key, tally }) => ({ key, tally }))).toEqual(
      groups[grouping]?.map(({ key, tally }) => ({ key, tally })),
    );
  expect(total.results.won).toBeGreaterThan(0);
  expect(total.results.open).toBeUndefined();
});

test('one seed, one past', async () => {
  const ledger = await dynamo.freshLedger();
  const days = { ...OPTIONS, days: 1 };
  const past = await historyFacts(ledger, days);
  expect(await historyFacts(ledger, days)).toEqual(past);
  expect(await historyFacts(ledger, { ...days, seed: 2 })).not.toEqual(past);
});
