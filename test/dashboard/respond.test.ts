import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dynamoLedger } from '../../lib/adapters/store.ts';
import { dynamoDays } from '../../lib/adapters/store-days.ts';
import { dynamoNearest } from '../../lib/adapters/store-nearest.ts';
import type { OpportunitiesAnswer, OverviewAnswer } from '../../lib/dashboard/answers.ts';
import { dashboard, type Respond } from '../../lib/dashboard/respond.ts';
import type { Ledger } from '../../lib/ledger/ledger.ts';
import type { NearestStore } from '../../lib/ledger/nearest.ts';
import { toStored } from '../../lib/ledger/record.ts';
import { reportOf } from '../../lib/ledger/report.ts';
import { dashboardNearest, dashboardStory, HOSTILE } from '../support/dashboard-story.ts';
import { type LocalDynamo, PATIENCE_MS, startDynamo } from '../support/dynamodb.ts';
import { ALICE, address, BOB } from '../support/settlement.ts';

let dynamo: LocalDynamo;
let respond: Respond;
let ledger: Ledger & NearestStore;

beforeAll(async () => {
  dynamo = await startDynamo();
  const table = { tableName: await dynamo.createTable(), client: dynamo.client, timeoutMs: PATIENCE_MS };
  const full = { ...dynamoLedger(table), ...dynamoDays(table), ...dynamoNearest(table) };
  ledger = full;
  for (const fact of dashboardStory()) await ledger.append(fact);
  respond = dashboard({
    ledger: full,
    // A year later: the dashboard goes back to where there is something.
    clock: { nowMs: () => Date.parse('2026-10-10T00:00:00Z') },
    chainIds: [1, 31_337],
    page: { '/index.html': { type: 'text/html; charset=utf-8', text: '<!doctype html>' } },
  });
});
afterAll(() => dynamo.stop());

const get = (path: string, query: Readonly<Record<string, string>> = {}) =>
  respond({ method: 'GET', path, query });

async function overview(range: string): Promise<OverviewAnswer> {
  return JSON.parse((await get('/api/overview', { range })).body);
}

async function opportunities(query: Readonly<Record<string, string>>): Promise<OpportunitiesAnswer> {
  return JSON.parse((await get('/api/opportunities', { range: '30d', ...query })).body);
}

async function everyRow(query: Readonly<Record<string, string>>) {
  const rows = [];
  let cursor: string | undefined = '';
  while (cursor !== undefined) {
    const page: OpportunitiesAnswer = await opportunities({ ...query, cursor });
    rows.push(...page.rows);
    cursor = page.next;
  }
  return rows;
}

describe('the overview', () => {
  test('is the report of the same days, to the wei', async () => {
    const { total, groups, updates, range } = await overview('30d');
    const report = reportOf(dashboardStory(), ['day', 'builder', 'trigger', 'reason', 'pair']);
    expect(range).toEqual({ fromDay: '2025-09-13', toDay: '2025-10-12', isPast: true });
    expect(updates).toBe(report.updates);
    expect(total).toMatchObject(Object(toStored(report.total)));
    for (const grouping of ['day', 'builder', 'trigger', 'reason', 'pair'] as const)
      expect(groups[grouping]).toMatchObject(
        (report.groups[grouping] ?? []).map(({ key, tally }) => ({ key, ...Object(toStored(tally)) })),
      );
  });

  test('adds up over time to what the sums say', async () => {
    const { cumulative, total, outcomes, duels } = await overview('30d');
    expect(cumulative.at(-1)?.netProfitWei).toBe(total.netProfitWei);
    const counted = Object.values(outcomes.results)
      .flat()
      .reduce((sum, count) => sum + count, 0);
    expect(counted).toBe((total.results.won ?? 0) + (total.results.lost ?? 0));
    expect(duels).toHaveLength(total.results.lost ?? 0);
    expect(duels[0]).toMatchObject({ offeredWei: '500000000000000000', rivalPaidWei: '600000000000000000' });
  });

  test('of one day looks into the day', async () => {
    const { outcomes, range, updates } = await overview('1d');
    expect(range).toMatchObject({ fromDay: '2025-10-12', toDay: '2025-10-12' });
    expect(updates).toBe(24);
    expect(outcomes.widthSeconds).toBe(3_600);
  });
});

describe('the opportunities', () => {
  test('come in pages, the newest first, each once', async () => {
    const rows = await everyRow({});
    expect(rows).toHaveLength(48);
    expect(new Set(rows.map(({ updateId }) => updateId)).size).toBe(48);
    expect(rows.map(({ at }) => at)).toEqual(
      rows
        .map(({ at }) => at)
        .toSorted()
        .reverse(),
    );
    expect((await opportunities({})).rows).toHaveLength(25);
  });

  test('are found by any of their texts, and by their outcome', async () => {
    const lost = await everyRow({ outcome: 'lost' });
    expect(lost.length).toBeGreaterThan(0);
    expect(lost.every(({ result }) => result === 'lost')).toBe(true);
    const [first] = lost;
    expect(await everyRow({ search: first?.updateId ?? '' })).toEqual([first]);
    expect(await everyRow({ outcome: 'quiet' })).toHaveLength(24);
    expect(await everyRow({ search: 'no such thing' })).toEqual([]);
  });

  test('a cursor of no use begins at the newest', async () => {
    const first = await opportunities({});
    expect(await opportunities({ cursor: '1999-01-01/5' })).toEqual(first);
    expect(await opportunities({ cursor: '../../etc' })).toEqual(first);
  });

  test('show what tokens call themselves, as it is', async () => {
    expect((await opportunities({})).rows[0]?.pair).toBe(`${HOSTILE}/USDC`);
  });
});

describe('the server', () => {
  test('tells the story of one update', async () => {
    const { rows } = await opportunities({ outcome: 'lost' });
    const { status, body } = await get(`/api/updates/${rows[0]?.updateId}`);
    expect(status).toBe(200);
    expect(body).toContain('who paid the builder 0.6 ETH');
    expect((await get('/api/updates/0x1234')).status).toBe(404);
  });

  test('shows who is near to liquidation, once somebody has looked', async () => {
    const positions = async () => JSON.parse((await get('/api/positions')).body);
    expect(await positions()).toEqual({ positions: [] });
    await ledger.storeNearest(dashboardNearest);
    expect(await positions()).toEqual({
      seen: { atMs: 1_760_313_500_000, headBlock: 23_500_000 },
      positions: [
        {
          ...{ protocol: 'aave-v3', borrower: ALICE, healthFactor: '0.999999999999999999' },
          ...{ pair: `${HOSTILE}/USDC`, debt: '1234567.000001 USDC' },
        },
        {
          ...{ protocol: 'morpho-blue', borrower: BOB, healthFactor: '1.25' },
          ...{ pair: `${address(7)}/USDC`, debt: '7.0 USDC' },
        },
      ],
    });
  });

  test('lets nothing run, frame or load but what it gives itself', async () => {
    for (const path of ['/', '/api/overview', '/api/positions', '/nowhere']) {
      const { headers } = await get(path);
      expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
      expect(headers['content-security-policy']).not.toContain('unsafe');
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' });
    }
  });

  test('only reads, and knows what it does not have', async () => {
    expect((await respond({ method: 'POST', path: '/', query: {} })).status).toBe(405);
    expect((await get('/../package.json')).status).toBe(404);
    expect((await get('/api/updates/yesterday')).status).toBe(404);
  });
});
