import { parseArgs } from 'node:util';
import { startBox } from '../devnet/box.ts';
import { writeHistory } from '../devnet/history/history.ts';
import { untilInterrupted } from '../devnet/interrupt.ts';
import { WATCHER } from '../devnet/race-log.ts';
import { dynamoLedger } from '../lib/adapters/store.ts';
import { dynamoDays } from '../lib/adapters/store-days.ts';
import { dynamoNearest } from '../lib/adapters/store-nearest.ts';
import { LiquidatorError } from '../lib/errors.ts';
import type { DayStore } from '../lib/ledger/day-store.ts';
import type { Ledger } from '../lib/ledger/ledger.ts';
import { serveDashboard } from './dashboard-server.ts';

const { values: options } = parseArgs({
  options: {
    port: { type: 'string' },
    'seconds-per-slot': { type: 'string', default: '12' },
    history: { type: 'string' },
    kms: { type: 'boolean' },
    warm: { type: 'string', default: '0' },
  },
});

try {
  const port = options.port === undefined ? {} : { port: wholeNumber('--port', options.port) };
  const secondsPerSlot = wholeNumber('--seconds-per-slot', options['seconds-per-slot']);
  const historyDays = options.history === undefined ? 0 : days(options.history);
  const deployment = {
    signer: options.kms ? 'kms' : 'secret',
    provisionedConcurrency: wholeNumber('--warm', options.warm),
  } as const;
  const box = await startBox({ secondsPerSlot, ...port, deployment, onProgress: console.log });
  for (const [name, url] of Object.entries(box.endpoints)) console.log(`  ${name.padEnd(10)} ${url}`);
  const table = { tableName: box.cloud.tableName, client: box.cloud.dynamodb.client, timeoutMs: 60_000 };
  const ledger = { ...dynamoLedger(table), ...dynamoDays(table), ...dynamoNearest(table) };
  if (historyDays > 0) await invent(ledger, historyDays);
  const dashboard = await serveDashboard(ledger, 0);
  console.log(`  dashboard  ${dashboard.url}`);
  console.log(`  table      ${box.cloud.tableName}`);
  for (const operator of box.cloud.operators) console.log(`  operator   ${operator}, its key in KMS`);
  // Nobody runs schedules here; from now on each watcher calls the next.
  box.cloud.lambda.invokeAsync(WATCHER, {});
  await untilInterrupted(console.log);
  await dashboard.stop();
  await box.stop();
} catch (error) {
  console.error(error instanceof LiquidatorError ? `${error.name}: ${error.message}` : error);
  process.exitCode = 1;
}

/** Says plainly what it is: a past that nobody raced. */
async function invent(ledger: Ledger & DayStore, days: number): Promise<void> {
  console.log(
    `Inventing ${days} days: seeded chance, written by the real recorder and settled by the real rules`,
  );
  const { updates, facts } = await writeHistory(ledger, { days, untilMs: Date.now() });
  console.log(`  ${updates} updates in ${facts} records`);
}

function days(text: string): number {
  const [, number] = /^(\d{1,3})d$/.exec(text) ?? [];
  if (number !== undefined && Number(number) > 0) return Number(number);
  throw new LiquidatorError(`--history is "${text}": give a number of days, such as 90d.`);
}

function wholeNumber(option: string, text: string): number {
  if (/^\d{1,5}$/.test(text)) return Number(text);
  throw new LiquidatorError(`${option} is "${text}": give a whole number.`);
}
