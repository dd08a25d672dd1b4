import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { type Box, startBox } from '../devnet/box.ts';
import { nextBaseFeeWei } from '../devnet/builder/node.ts';
import { START_PRICES } from '../devnet/chain/prices.ts';
import { type LambdaHost, startLambdaHost } from '../devnet/lambda/host.ts';
import type { Invocation } from '../devnet/lambda/invocation.ts';
import { parseTemplate, type Template } from '../devnet/lambda/template.ts';
import { bundle } from '../lib/infra/bundle.ts';
import { percentilesOf } from './statistics.ts';

const RACER = 'functions/on-oracle-update.ts';
const REFRESHER = 'functions/refresh-watchlist.ts';
const PACKAGES = 'bench/packages-alone.ts';
const RUNS = 21;
const MAX_RATIO = 3.5;
const MAX_FIRST_RACE_EXTRA_MS = 15;

interface Run {
  readonly emptyMs: number;
  readonly packagesMs: number;
  readonly racerMs: number;
  readonly initMs: number;
  readonly firstRaceMs: number;
  readonly warmRaceMs: number;
}

/**
 * The racer from spawning its process to the end of its first race, in turns beside a handler that does nothing and
 * one that only uses the packages that a racer is made of; all under AWS's own runtime client. The race claims,
 * decides and records an update that opens nothing: all that is ours, without the time that a builder takes to
 * simulate.
 */
export async function run(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'cold-start-'));
  const box = await startBox({ secondsPerSlot: 0, onProgress: console.log });
  try {
    await follow(box);
    const others = { empty: emptyTemplate(folder), packages: await packagesTemplate(box, folder) };
    const runs: Run[] = [];
    // The first pair fills the disk's caches, and does not count.
    for (let index = 0; index <= RUNS; index++) {
      const one = await measure(box, others);
      if (index > 0) runs.push(one);
    }
    report(runs);
  } finally {
    await box.stop();
    rmSync(folder, { recursive: true });
  }
}

/** A running system: accounts are stored, and so is what a market needs to be read. Both follow from the first block. */
async function follow(box: Box): Promise<void> {
  const { head, chainId } = await priceEvent(box);
  for (const source of [REFRESHER, RACER])
    succeeded(await box.cloud.lambda.invoke(source, { chainId, head: { ...head, seenAtMs: Date.now() } }));
}

async function measure(box: Box, { empty, packages }: Record<'empty' | 'packages', Template>): Promise<Run> {
  const total = (functionName: string) => async (host: LambdaHost) => {
    const { initMs, durationMs } = succeeded(await host.invoke(functionName, {}));
    return initMs + durationMs;
  };
  const emptyMs = await cold(startLambdaHost({ template: empty }), total('Empty'));
  const { endpoints = {} } = box.cloud.lambdaOptions;
  const packagesMs = await cold(startLambdaHost({ template: packages, endpoints }), total(RACER));
  const racer = await cold(startLambdaHost(box.cloud.lambdaOptions), async (host) => {
    const first = succeeded(await host.invoke(RACER, await priceEvent(box)));
    const warm: number[] = [];
    for (let race = 0; race < 5; race++)
      warm.push(succeeded(await host.invoke(RACER, await priceEvent(box))).durationMs);
    return { initMs: first.initMs, firstRaceMs: first.durationMs, warmRaceMs: percentilesOf(warm).p50 };
  });
  return { ...racer, emptyMs, packagesMs, racerMs: racer.initMs + racer.firstRaceMs };
}

async function cold<T>(host: LambdaHost, use: (host: LambdaHost) => Promise<T>): Promise<T> {
  try {
    return await use(host);
  } finally {
    await host.stop();
  }
}

function succeeded(invocation: Invocation): Invocation {
  if (invocation.error) throw new Error(`${invocation.error.errorType}: ${invocation.error.errorMessage}`);
  return invocation;
}

/** Each a little different, so that each is an update of its own. */
let cents = 0n;

async function priceEvent({ builder, oracle, world }: Box) {
  cents += 1n;
  const { number, hash, timestampSeconds, ...block } = await builder.head();
  const { rawTransaction } = oracle.report('ETH', START_PRICES.ETH + cents, timestampSeconds);
  const head = {
    ...{ number, hash, timestampSeconds },
    nextBaseFeeWei: String(nextBaseFeeWei({ number, hash, timestampSeconds, ...block })),
  };
  return { chainId: world.chainId, rawTransaction, seenAtMs: Date.now(), head };
}

function emptyTemplate(folder: string): Template {
  mkdirSync(join(folder, 'Empty'));
  writeFileSync(join(folder, 'Empty', 'index.mjs'), 'export const handler = async () => null;');
  const Properties = { Handler: 'index.handler', Timeout: 15, MemorySize: 1769 };
  const Empty = { Type: 'AWS::Lambda::Function', Properties, Metadata: { 'aws:asset:path': 'Empty' } };
  return parseTemplate({ Resources: { Empty } }, folder);
}

/** In the racer's place, with its memory and its environment. */
async function packagesTemplate({ cloud }: Box, folder: string): Promise<Template> {
  const place = join(folder, 'Packages');
  await bundle(PACKAGES, join(place, 'index.mjs'));
  const { template } = cloud.lambdaOptions;
  const asset = { 'aws:asset:path': relative(template.directory, place) };
  const resources = [...template.resources].map(([logicalId, resource]) => {
    const isRacer = resource.properties.Description === RACER;
    return [
      logicalId,
      isRacer ? { ...resource, metadata: { ...resource.metadata, ...asset } } : resource,
    ] as const;
  });
  return { ...template, resources: new Map(resources) };
}

function report(runs: readonly Run[]): void {
  const p50 = (pick: (run: Run) => number) => percentilesOf(runs.map(pick)).p50;
  const row = (name: string, pick: (run: Run) => number) => {
    const { best, p50: middle, p95 } = percentilesOf(runs.map(pick));
    console.log(`${name.padEnd(28)}${[best, middle, p95].map((ms) => ms.toFixed(0).padStart(8)).join('')}`);
  };
  console.log(`${`${runs.length} interleaved runs, ms`.padEnd(28)}    best     p50     p95`);
  row('empty: init + first', ({ emptyMs }) => emptyMs);
  row('packages: init + first', ({ packagesMs }) => packagesMs);
  row('racer: init + first race', ({ racerMs }) => racerMs);
  row('racer: init', ({ initMs }) => initMs);
  row('racer: first race', ({ firstRaceMs }) => firstRaceMs);
  row('racer: warm race', ({ warmRaceMs }) => warmRaceMs);
  const packages = p50(({ packagesMs }) => packagesMs) / p50(({ emptyMs }) => emptyMs);
  console.log(`       packages over empty, p50: ${packages.toFixed(2)}x, before anything of ours`);
  judge(
    'racer over empty, p50',
    p50(({ racerMs }) => racerMs) / p50(({ emptyMs }) => emptyMs),
    MAX_RATIO,
    'x',
  );
  const extra = p50(({ firstRaceMs, warmRaceMs }) => firstRaceMs - warmRaceMs);
  judge('first race over a warm one, p50', extra, MAX_FIRST_RACE_EXTRA_MS, ' ms');
}

function judge(what: string, figure: number, limit: number, unit: string): void {
  const holds = figure <= limit;
  console.log(`${holds ? 'holds ' : 'MISSED'} ${what}: ${figure.toFixed(2)}${unit}, at most ${limit}${unit}`);
  if (!holds) process.exitCode = 1;
}
