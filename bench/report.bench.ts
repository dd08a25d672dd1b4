import { execFile } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { performance } from 'node:perf_hooks';
import { promisify } from 'node:util';
import { findChromium, NO_CHROMIUM } from '../test/support/chromium.ts';
import { firstPaints } from './first-paint.ts';
import { type FullLedger, fullLedger } from './full-ledger.ts';
import { percentilesOf } from './statistics.ts';

const RUNS = 7;
const REPORT_LIMIT_MS = 3_000;
const PAINT_LIMIT_MS = 1_000;

/**
 * 100,000 records in a dynalite: the command `report` by day, from starting the process to its last line, and the
 * dashboard in a real Chromium, from the request to its figures on the screen.
 */
export async function run(): Promise<void> {
  const startedMs = performance.now();
  const ledger = await fullLedger();
  try {
    const { facts, fromDay, toDay } = ledger;
    const seconds = ((performance.now() - startedMs) / 1_000).toFixed(0);
    console.log(`${facts.toLocaleString('en-US')} records, ${fromDay} to ${toDay}, written in ${seconds} s`);
    judge('report by day', await reports(ledger, []), REPORT_LIMIT_MS);
    judge('report by day and builder, --json', await reports(ledger, BY_BUILDER), REPORT_LIMIT_MS);
    console.log(await reportOnce(ledger, ['--recount'], 'counting every record anew'));
    await paint(ledger);
    console.log(`${cpus().length} cores, load of the last minute ${loadavg()[0]?.toFixed(1)}`);
  } finally {
    await ledger.stop();
  }
}

const BY_BUILDER = ['--group-by', 'builder', '--json'];

async function paint(ledger: FullLedger): Promise<void> {
  const executablePath = findChromium();
  if (executablePath === undefined) {
    console.log(`NOT RUN: ${NO_CHROMIUM}`);
    return;
  }
  const paints = await firstPaints(ledger, executablePath, RUNS);
  judge(
    'dashboard, first contentful paint',
    paints.map(({ firstMs }) => firstMs),
    PAINT_LIMIT_MS,
  );
  judge(
    'dashboard, its figures on the screen',
    paints.map(({ figuresMs }) => figuresMs),
    PAINT_LIMIT_MS,
  );
  judge(
    'dashboard, all of it, charts and table',
    paints.map(({ allMs }) => allMs),
    PAINT_LIMIT_MS,
  );
}

async function reports(ledger: FullLedger, options: readonly string[]): Promise<readonly number[]> {
  console.log(await reportOnce(ledger, options, 'once, as it comes'));
  const samples: number[] = [];
  for (let round = 0; round < RUNS; round++) samples.push((await command(ledger, options)).tookMs);
  return samples;
}

async function reportOnce(ledger: FullLedger, options: readonly string[], what: string): Promise<string> {
  const { tookMs, capacity } = await command(ledger, options);
  return `       ${what}: ${tookMs.toFixed(0)} ms; ${capacity}`;
}

/** The command as a person starts it, in a process of its own. */
async function command({ endpoint, tableName, fromDay, toDay }: FullLedger, options: readonly string[]) {
  const script = new URL('../bin/liquidator.ts', import.meta.url).pathname;
  const range = ['--since', fromDay, '--until', toDay, '--table', tableName, '--endpoint', endpoint];
  const group = options.includes('--group-by') ? [] : ['--group-by', 'day'];
  const args = [script, 'report', ...range, ...group, '--capacity', ...options];
  const startedMs = performance.now();
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 28 });
  const tookMs = performance.now() - startedMs;
  const capacity = /"capacity": \{[^}]*\}|Reading it took .*/.exec(stdout)?.[0].replace(/\s+/g, ' ');
  return { tookMs, capacity };
}

function judge(what: string, samplesMs: readonly number[], limitMs: number): void {
  const { best, p50, worst } = percentilesOf(samplesMs);
  const holds = p50 <= limitMs;
  const figures = `p50 ${p50.toFixed(0)} ms, best ${best.toFixed(0)}, worst ${worst.toFixed(0)}`;
  console.log(`${holds ? 'holds ' : 'MISSED'} ${what}: ${figures}; at most ${limitMs} ms`);
  if (!holds) process.exitCode = 1;
}
