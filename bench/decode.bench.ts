import '../functions/wiring/quick-hashes.ts';
import { parseArgs } from 'node:util';
import { renderTable } from '../bin/table.ts';
import { loadCurve } from '../functions/wiring/curve.ts';
import type { Address, Hex } from '../lib/hex.ts';
import { decodeUpdates, isRefused } from '../lib/oracles/decode.ts';
import { answersAfter } from '../lib/oracles/price-source.ts';
import { signatureRefusal } from '../lib/oracles/signatures.ts';
import { type PendingMix, pendingMix } from './pending-mix.ts';
import { type Percentiles, percentilesOf } from './statistics.ts';

const DECODE_TARGET_MS = 0.3;
const REJECT_TARGET_MS = 0.01;
const BLOCK_SECONDS = 1_760_130_012;

/**
 * From a pending transaction's bytes to the new price of every asset that it moves, or to the end of it. Each
 * transaction three times: the quietest of them is what the code takes, the rest is what else the machine did.
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { samples: { type: 'string' } } });
  await loadCurve();
  const samples = Number(values.samples ?? 20_000);
  const mix = pendingMix(1);
  const byFeed = Map.groupBy(
    mix.sources.flatMap((source) => source.aggregators.map((aggregator) => ({ aggregator, source }))),
    ({ aggregator }) => aggregator,
  );
  const rows = [
    {
      what: 'oracle update: decoded and mapped',
      ...timed(samples, mix.updates, (raw) => repriced(raw, mix, byFeed)),
    },
    { what: 'any other: rejected', ...timed(5 * samples, mix.others, (raw) => rejected(raw, mix)) },
    {
      what: 'its 11 signatures and its sender',
      ...timed(samples / 40, mix.updates, (raw) => verified(raw, mix)),
    },
  ];
  const moved = Math.max(...[...byFeed.values()].map(({ length }) => length));
  console.log(
    `${mix.feeds.size} feeds, ${mix.sources.length} price sources, up to ${moved} of them on one feed; ms\n`,
  );
  console.log(table(rows));
  console.log(verdict('decode and map', rows[0]?.quiet.p99, DECODE_TARGET_MS));
  console.log(verdict('reject', rows[1]?.quiet.p99, REJECT_TARGET_MS));
}

type ByFeed = ReadonlyMap<Address, readonly { readonly source: PendingMix['sources'][number] }[]>;

/** The new price of every asset that the transaction moves. */
function repriced(raw: Hex, { feeds, chainId }: PendingMix, byFeed: ByFeed): number {
  let prices = 0;
  for (const update of decodeUpdates(raw, feeds, chainId, 0)) {
    if (isRefused(update)) throw new Error(`An update was refused: ${update.reason}.`);
    const answerOf = answersAfter([update], (aggregator) => feeds.get(aggregator)?.answer ?? 0n);
    for (const { source } of byFeed.get(update.aggregator) ?? []) {
      if (source.latestAnswer(answerOf, BLOCK_SECONDS) > 0n) prices += 1;
    }
  }
  return prices;
}

function rejected(raw: Hex, { feeds, chainId }: PendingMix): number {
  const found = decodeUpdates(raw, feeds, chainId, 0);
  if (!found.every(isRefused)) throw new Error('A stranger was taken for an update.');
  return found.length;
}

function verified(raw: Hex, { feeds, chainId }: PendingMix): number {
  const [update] = decodeUpdates(raw, feeds, chainId, 0);
  const feed = update?.aggregator === undefined ? undefined : feeds.get(update.aggregator);
  if (update === undefined || isRefused(update) || feed === undefined) throw new Error('No update.');
  if (signatureRefusal(update, feed) !== undefined) throw new Error('A good update was refused.');
  return 1;
}

interface Timed {
  readonly all: Percentiles;
  readonly quiet: Percentiles;
}

function timed(samples: number, transactions: readonly Hex[], act: (raw: Hex) => number): Timed {
  const [all, quiet]: [number[], number[]] = [[], []];
  for (let sample = -Math.ceil(samples / 4); sample < samples; sample++) {
    const raw = transactions[Math.abs(sample) % transactions.length] ?? '';
    const times = [0, 0, 0].map(() => {
      const startedMs = performance.now();
      act(raw);
      return performance.now() - startedMs;
    });
    if (sample < 0) continue;
    all.push(...times);
    quiet.push(Math.min(...times));
  }
  return { all: percentilesOf(all), quiet: percentilesOf(quiet) };
}

const COLUMNS = ['', 'p50', 'p95', 'p99', 'worst', 'quietest p50', 'p99', 'worst'];

const table = (rows: readonly ({ readonly what: string } & Timed)[]): string =>
  renderTable(
    COLUMNS.map((title, at) => ({ title, align: at === 0 ? 'left' : 'point' })),
    rows.map(({ what, all, quiet }) => [
      what,
      ...[all.p50, all.p95, all.p99, all.worst, quiet.p50, quiet.p99, quiet.worst].map((ms) => ms.toFixed(4)),
    ]),
  );

const verdict = (what: string, ms = Number.POSITIVE_INFINITY, target: number): string =>
  `${what}: p99 ${ms.toFixed(4)} ms, target ${target} ms: ${ms < target ? 'met' : 'MISSED'}`;
