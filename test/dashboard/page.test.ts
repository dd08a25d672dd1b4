import axe from 'axe-core';
import { formatEther, formatUnits } from 'ethers';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type DashboardServer, serveDashboard } from '../../bin/dashboard-server.ts';
import { main } from '../../bin/liquidator.ts';
import { dynamoLedger } from '../../lib/adapters/store.ts';
import { dynamoDays } from '../../lib/adapters/store-days.ts';
import { dynamoNearest } from '../../lib/adapters/store-nearest.ts';
import type { Ledger } from '../../lib/ledger/ledger.ts';
import { findChromium, NO_CHROMIUM, type StartedChromium, startChromium } from '../support/chromium.ts';
import { dashboardStory, HOSTILE } from '../support/dashboard-story.ts';
import { type LocalDynamo, PATIENCE_MS, startDynamo } from '../support/dynamodb.ts';

/** The page as a person has it: a real browser, the real server, the report's own figures to hold it against. */
let dynamo: LocalDynamo;
let ledger: Ledger;
let tableName: string;
let server: DashboardServer;
let browser: StartedChromium;
let page: Page;
const complaints: string[] = [];
/** It is the evening of the story's last day, and time goes on. */
const clock = { nowMs: () => Date.parse('2025-10-12T23:00:00Z') + Math.floor(performance.now()) };

const executablePath = findChromium();

beforeAll(async () => {
  if (executablePath === undefined) return;
  [dynamo, browser] = await Promise.all([startDynamo(), startChromium(executablePath)]);
  tableName = await dynamo.createTable();
  const table = { tableName, client: dynamo.client, timeoutMs: PATIENCE_MS };
  ledger = dynamoLedger(table);
  for (const fact of dashboardStory()) await ledger.append(fact);
  server = await serveDashboard({ ...ledger, ...dynamoDays(table), ...dynamoNearest(table) }, 0, clock);
  page = await browser.context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(server.url);
  await page.locator('[data-figure="net"] [data-exact]').waitFor();
  await page.locator('#opportunities tbody tr').first().waitFor();
});
afterAll(async () => {
  await browser?.stop();
  await server?.stop();
  await dynamo?.stop();
});
beforeEach(({ skip }) => skip(executablePath === undefined, NO_CHROMIUM));

/** What the command line says of the same days. */
async function reported() {
  const printed: string[] = [];
  await main(
    ['report', '--json', '--since', '2025-09-13', '--until', '2025-10-12', '--group-by', 'builder'],
    {
      environment: { AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint, TABLE_NAME: tableName },
      print: (text) => printed.push(text),
      complain: (text) => printed.push(text),
      ...clock,
    },
  );
  return JSON.parse(printed.join(''));
}

const exact = (figure: string) =>
  page.locator(`[data-figure="${figure}"] [data-exact]`).getAttribute('data-exact');
const shown = async (figure: string) =>
  (await page.locator(`[data-figure="${figure}"] dd.value`).innerText()).replace(/\s/g, '');

async function violations(): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const found: axe.AxeResults = await page.evaluate('axe.run()');
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

describe('the figures', () => {
  test("are the report's, exact beneath and rounded on the screen", async () => {
    const { total, updates } = await reported();
    expect(await exact('net')).toBe(total.netProfitWei);
    expect(await exact('gross')).toBe(total.grossProfitWei);
    expect(await exact('bid')).toBe(total.bidWei);
    expect(await exact('gas')).toBe(total.gasCostWei);
    expect(await exact('missed')).toBe(total.missedProfitWei);
    expect(await shown('net')).toBe(`${Number(formatEther(total.netProfitWei)).toFixed(4)}ETH`);
    expect(await shown('gas')).toBe(`${Number(formatEther(total.gasCostWei)).toFixed(6)}ETH`);
    expect(await shown('winRate')).toBe(`${(total.winRate * 100).toFixed(1)}%`);
    expect(await page.locator('#period').innerText()).toContain(`${updates} oracle updates`);
  });

  test('in dollars are those of the time', async () => {
    const { total } = await reported();
    await page.getByRole('button', { name: 'USD' }).click();
    expect(await exact('net')).toBe(total.usd.netProfitUsd26);
    const dollars = Number(formatUnits(total.usd.netProfitUsd26, 26));
    expect(await shown('net')).toBe(
      `${dollars.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}USD`,
    );
    await page.getByRole('button', { name: 'ETH', exact: true }).click();
  });

  test('by builder too', async () => {
    const { groups } = await reported();
    const titan = groups.builder.find(({ key }: { key: string }) => key === 'titan');
    const row = page.locator('#builders tbody tr', { hasText: 'titan' });
    expect(await row.innerText()).toContain(`${(titan.winRate * 100).toFixed(1)} %`);
  });
});

describe('the opportunities', () => {
  test('are found by search, page by page', async () => {
    expect(await page.locator('#opportunities tbody tr').count()).toBe(25);
    await page.getByRole('button', { name: 'Older' }).click();
    await page.getByText('Page 2').waitFor();
    expect(await page.locator('#opportunities tbody tr').count()).toBe(23);
    await page.getByRole('combobox', { name: 'Outcome' }).selectOption('lost');
    await page.getByText('Page 1').waitFor();
    const results = await page.locator('#opportunities .result').allInnerTexts();
    expect(new Set(results)).toEqual(new Set(['lost']));
    await page.getByRole('combobox', { name: 'Outcome' }).selectOption('');
  });

  test('tell their stories to the keyboard', async () => {
    await page.locator('button.story').first().focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'The story of one update' });
    await dialog.waitFor();
    expect(await dialog.innerText()).toMatch(/claimed: ours to decide[\s\S]*planned transaction 0x/);
    expect(await violations()).toEqual([]);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
  });
});

describe('what the chain says', () => {
  test('is text, whatever it looks like', async () => {
    expect(await page.locator('#pairs').innerText()).toContain(`${HOSTILE}/USDC`);
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.title()).toBe('Liquidator · profitability');
  });
});

describe('anybody', () => {
  test.each(['Light', 'Dark'])('can read it: %s', async (theme) => {
    await page.getByRole('button', { name: theme }).click();
    expect(await violations()).toEqual([]);
  });
});

test('it goes on by itself when something happens', async () => {
  const updateAtSeconds = Date.UTC(2025, 9, 12, 23, 30) / 1_000;
  const [claimed] = dashboardStory();
  if (claimed?.state !== 'claimed') throw new Error('A story begins with its claim.');
  const before = (await reported()).updates;
  await ledger.append({ ...claimed, updateId: `0x${'ab'.repeat(32)}`, updateAtSeconds });
  await page.getByText(`${before + 1} oracle updates`).waitFor();
});

test('nothing was complained about', () => {
  expect(complaints).toEqual([]);
});
