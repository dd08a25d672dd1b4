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
import { dashboardNearest, dashboardStory, HOSTILE } from '../support/dashboard-story.ts';
import { type LocalDynamo, PATIENCE_MS, startDynamo } from '../support/dynamodb.ts';

/** The page as a person has it: a real browser, the real server, the report's own figures to hold it against. */
let dynamo: LocalDynamo;
let ledger: Ledger;
let tableName: string;
let server: DashboardServer;
let browser: StartedChromium;
let page: Page;
const complaints: string[] = [];
/** A year after the story, as a box lives that plays what has been; and time goes on. */
const clock = { nowMs: () => Date.parse('2026-10-12T23:00:00Z') + Math.floor(performance.now()) };

const executablePath = findChromium();

beforeAll(async () => {
  if (executablePath === undefined) return;
  [dynamo, browser] = await Promise.all([startDynamo(), startChromium(executablePath)]);
  tableName = await dynamo.createTable();
  const table = { tableName, client: dynamo.client, timeoutMs: PATIENCE_MS };
  ledger = dynamoLedger(table);
  for (const fact of dashboardStory()) await ledger.append(fact);
  await dynamoNearest(table).storeNearest(dashboardNearest);
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

async function liquidator(...args: readonly string[]): Promise<string> {
  const printed: string[] = [];
  const speak = (text: string) => printed.push(text);
  const environment = { AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint, TABLE_NAME: tableName };
  await main(args, { ...clock, environment, print: speak, complain: speak });
  return printed.join('\n');
}

/** What the command line says of the same days. */
const reported = async () =>
  JSON.parse(
    await liquidator(
      ...['report', '--json', '--since', '2025-09-13', '--until', '2025-10-12', '--group-by', 'builder'],
    ),
  );

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
    const told = (await dialog.innerText()).split('\n').map((line) => line.trim());
    const updateId = await page.locator('button.story').first().getAttribute('data-update');
    const [, ...explained] = (await liquidator('explain', updateId ?? '')).split('\n');
    for (const line of explained) expect(told).toContain(line.replace(/^ *(\+[\d.]+ ms)? */, ''));
    expect(explained.join()).toMatch(/claimed: ours to decide.*planned transaction 0x.*sent/);
    expect(await violations()).toEqual([]);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
  });
});

describe('what the chain says', () => {
  test('is text, whatever it looks like', async () => {
    for (const panel of ['#pairs', '#opportunities', '#positions'])
      expect(await page.locator(panel).innerText(), panel).toContain(`${HOSTILE}/USDC`);
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.title()).toBe('Liquidator · profitability');
  });

  test('could not run even as markup', async () => {
    const other = await browser.context.newPage();
    await other.goto(server.url);
    await other.evaluate(
      "addEventListener('securitypolicyviolation', ({ violatedDirective }) => (window.stopped ??= []).push(violatedDirective))",
    );
    const written = (code: string) =>
      other.evaluate(`(() => { try { ${code}; return 'done' } catch ({ name }) { return name } })()`);
    expect(await written(`document.body.innerHTML = '${HOSTILE}'`)).toBe('TypeError');
    expect(
      await written(
        "document.head.append(Object.assign(document.createElement('script'), { text: 'window.ran = 1' }))",
      ),
    ).toBe('TypeError');
    expect(
      await written("document.body.append(Object.assign(new Image(), { src: 'https://example.com/x.png' }))"),
    ).toBe('done');
    expect(await written("fetch('https://example.com/').catch(() => 0)")).toBe('done');
    await expect
      .poll(() => other.evaluate('[...new Set(window.stopped)].sort()'))
      .toEqual(expect.arrayContaining(['connect-src', 'img-src', 'require-trusted-types-for']));
    expect(await other.evaluate('window.ran')).toBeUndefined();
    await other.close();
  });
});

describe('positions nearest to liquidation', () => {
  test('are never shown healthier than they are', async () => {
    const rows = await page.locator('#positions tbody tr').allInnerTexts();
    expect(rows.map((row) => row.split('\t').slice(2))).toEqual([
      ['0.9999', '1,234,567'],
      ['1.2500', '7'],
    ]);
  });
});

describe('anybody', () => {
  test.each(['Light', 'Dark'])('can read it: %s', async (theme) => {
    await page.getByRole('button', { name: theme }).click();
    expect(await violations()).toEqual([]);
  });

  test('reaches everything without a mouse', async () => {
    const wanted: number = await page.evaluate(`(() => {
      const can = [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex="0"]')];
      const seen = can.filter((one) => one.checkVisibility() && !one.disabled && !one.closest('dialog'));
      seen.forEach((one) => one.setAttribute('data-wanted', ''));
      document.activeElement?.blur();
      return seen.length;
    })()`);
    for (let presses = 0; presses <= wanted + 5; presses++) {
      await page.keyboard.press('Tab');
      await page.evaluate("document.activeElement?.removeAttribute('data-wanted')");
    }
    const missed = await page
      .locator('[data-wanted]')
      .evaluateAll((all) => all.map(({ outerHTML }) => outerHTML));
    expect(missed).toEqual([]);
    expect(wanted).toBeGreaterThan(40);
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
