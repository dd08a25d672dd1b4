import { execFile } from 'node:child_process';
import { cpus } from 'node:os';
import { performance } from 'node:perf_hooks';
import { parseArgs, promisify } from 'node:util';
import { renderTable } from '../bin/table.ts';
import { type BookFigures, measureBook } from './book-figures.ts';
import { fittedExponent } from './statistics.ts';

/**
 * The book in memory: from an update to those whom it makes liquidatable, by account number. Each size in a
 * process of its own, so that memory is the whole process's.
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { accounts: { type: 'string' }, one: { type: 'string' } },
  });
  if (values.one !== undefined) {
    console.log(JSON.stringify(await measureBook(Number(values.one))));
    return;
  }
  const sizes = (values.accounts ?? '100,1000,20000,100000,1000000').split(',').map(Number);
  const startedMs = performance.now();
  const figures: BookFigures[] = [];
  for (const size of sizes) figures.push(await inOwnProcess(size));
  console.log(table(figures));
  console.log(growth(figures));
  console.log(targets(figures));
  console.log(`${cpus().length} cores, ${((performance.now() - startedMs) / 1000).toFixed(0)} s`);
}

async function inOwnProcess(size: number): Promise<BookFigures> {
  const script = new URL('./run.ts', import.meta.url).pathname;
  const { stdout } = await promisify(execFile)(process.execPath, [script, 'book', '--one', String(size)]);
  return JSON.parse(stdout);
}

const COLUMNS: readonly (readonly [string, (figures: BookFigures) => string])[] = [
  ['accounts', ({ accounts }) => String(accounts)],
  ['holdings', ({ holdings }) => String(holdings)],
  ['crossing', ({ crossing }) => String(crossing)],
  ['looked at', ({ candidates }) => String(candidates)],
  ['select p50 ms', ({ selectMs }) => selectMs.p50.toFixed(3)],
  ['p99 ms', ({ selectMs }) => selectMs.p99.toFixed(3)],
  ['p99 of best of 3', ({ quietSelectMs }) => quietSelectMs.p99.toFixed(3)],
  ['everybody ms', ({ everybodyMs }) => everybodyMs.toFixed(1)],
  ['block of 200 p50 ms', ({ blockMs }) => blockMs.p50.toFixed(2)],
  ['worst ms', ({ blockMs }) => blockMs.worst.toFixed(1)],
  ['book MB', ({ bookMb }) => bookMb.toFixed(1)],
  ['process MB', ({ processMb }) => processMb.toFixed(0)],
  ['snapshot MB', ({ snapshotMb }) => snapshotMb.toFixed(2)],
  ['chunks', ({ chunks }) => String(chunks)],
  ['load ms', ({ loadMs }) => loadMs.toFixed(0)],
  ['of it CPU ms', ({ cpuMs }) => cpuMs.toFixed(0)],
  ['of it index ms', ({ indexMs }) => indexMs.toFixed(0)],
];

const table = (figures: readonly BookFigures[]): string =>
  renderTable(
    COLUMNS.map(([title]) => ({ title, align: 'point' })),
    figures.map((one) => COLUMNS.map(([, cell]) => cell(one))),
  );

function growth(figures: readonly BookFigures[]): string {
  const large = figures.filter(({ accounts }) => accounts >= 1_000);
  const exponent = (of: (figures: BookFigures) => number) =>
    fittedExponent(large.map((one) => [one.accounts, of(one)])).toFixed(2);
  return `growth from 1,000 accounts on, as N^x: selection ${exponent((one) => one.selectMs.p50)}, everybody by the exact model ${exponent((one) => one.everybodyMs)}, block ${exponent((one) => one.blockMs.p50)}, book ${exponent((one) => one.bookMb)}, load ${exponent((one) => one.loadMs)}`;
}

function targets(figures: readonly BookFigures[]): string {
  const wanted = figures.flatMap((one): readonly (readonly [string, number, number])[] => {
    if (one.accounts === 1_000_000)
      return [['selection p99 of best of 3 at 1,000,000, ms', one.quietSelectMs.p99, 3]];
    if (one.accounts !== 100_000) return [];
    return [
      ['selection p99 of best of 3 at 100,000, ms', one.quietSelectMs.p99, 1],
      ['load at 100,000, ms of this process', one.cpuMs, 1_500],
      ['process memory at 100,000, MB', one.processMb, 300],
    ];
  });
  return wanted
    .map(
      ([what, is, target]) =>
        `${is < target ? 'met   ' : 'MISSED'} ${what}: ${is.toFixed(2)}, target < ${target}`,
    )
    .join('\n');
}
