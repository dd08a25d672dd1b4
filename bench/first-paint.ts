import type { BrowserContext } from 'playwright-core';
import { serveDashboard } from '../bin/dashboard-server.ts';
import { dynamoLedger } from '../lib/adapters/store.ts';
import { dynamoDays } from '../lib/adapters/store-days.ts';
import { dynamoNearest } from '../lib/adapters/store-nearest.ts';
import { startChromium } from '../test/support/chromium.ts';
import type { FullLedger } from './full-ledger.ts';

/** Since the page was requested, as the browser's own clock says. */
export interface Paint {
  /** The first content of any kind. */
  readonly firstMs: number;
  /** The sums of the period. */
  readonly figuresMs: number;
  /** Charts, tables and the newest opportunities. */
  readonly allMs: number;
}

/** Each of a new page and of a server that has read nothing yet: the worst that somebody can meet. */
export async function firstPaints(ledger: FullLedger, executablePath: string, runs: number) {
  const browser = await startChromium(executablePath);
  try {
    // The browser's own first page is slower than any other, and not ours.
    await firstPaint(ledger, browser.context);
    const paints: Paint[] = [];
    for (let run = 0; run < runs; run++) paints.push(await firstPaint(ledger, browser.context));
    return paints;
  } finally {
    await browser.stop();
  }
}

async function firstPaint(ledger: FullLedger, context: BrowserContext): Promise<Paint> {
  const table = { tableName: ledger.tableName, client: ledger.client, timeoutMs: 60_000 };
  const clock = { nowMs: () => ledger.nowMs };
  const server = await serveDashboard(
    { ...dynamoLedger(table), ...dynamoDays(table), ...dynamoNearest(table) },
    0,
    clock,
  );
  const page = await context.newPage();
  try {
    await page.addInitScript(watchForPaint);
    await page.goto(server.url);
    return await page.evaluate('window.painted');
  } finally {
    await page.close();
    await server.stop();
  }
}

/** Runs in the page, before it: a promise of the frames after those in which all that we wait for is there. */
const watchForPaint = `
  const there = (...selectors) => new Promise((resolve) => {
    const look = () => {
      if (!selectors.every((one) => document.querySelector(one))) return;
      observer.disconnect();
      requestAnimationFrame(() => setTimeout(() => resolve(performance.now())));
    };
    const observer = new MutationObserver(look);
    observer.observe(document, { childList: true, subtree: true });
  });
  const figures = '[data-figure="net"] [data-exact]';
  window.painted = Promise.all([
    there(figures),
    there(figures, '#profit canvas', '#outcomes canvas', '#duels canvas', '#opportunities tbody tr'),
  ]).then(([figuresMs, allMs]) => {
    const [first] = performance.getEntriesByName('first-contentful-paint');
    return { firstMs: first.startTime, figuresMs, allMs };
  });
`;
