import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { renderTable } from '../bin/table.ts';
import { parseEvent } from '../lib/oracles/event.ts';
import { answer } from '../lib/racer.ts';
import { depthOf, nowMs } from './delaying-proxy.ts';
import { measureStages } from './race-stages.ts';
import { CROSSINGS, type RaceWorld, startRaceWorld } from './race-world.ts';
import { type Percentiles, percentilesOf } from './statistics.ts';

/**
 * From the update's arrival to the first signed payload at the relay, over the real adapters, on real Aave:
 * among N borrowers, with 1, 10 or 100 who cross, and with a node that is slow to answer. With `--stages`: stage by
 * stage, by the records of the Lambda.
 */
export async function run(args: readonly string[]): Promise<void> {
  const options = {
    accounts: { type: 'string', default: '100,1000,5000,20000' },
    samples: { type: 'string', default: '25' },
    crossing: { type: 'string', default: '1,10,100' },
    stages: { type: 'boolean', default: false },
  } as const;
  const { values } = parseArgs({ args: [...args], options });
  if (values.stages) return measureStages(Number(values.samples));
  const crossings = values.crossing.split(',').map(Number);
  const rows: RaceRow[] = [];
  for (const size of values.accounts.split(',').map(Number)) {
    for (const crossing of CROSSINGS.filter((one) => crossings.includes(one.crossing))) {
      const world = await startRaceWorld(size);
      try {
        rows.push(...(await measure(world, Number(values.samples), crossing)));
      } finally {
        await world.stop();
      }
    }
  }
  console.log(
    renderTable(
      COLUMNS.map(([title]) => ({ title, align: 'point' })),
      rows.map((row) => COLUMNS.map(([, cell]) => cell(row))),
    ),
  );
  console.log(targets(rows));
  console.log(`${cpus().length} cores; node, builder and store run on them too, in processes of their own`);
}

interface RaceRow {
  readonly borrowers: number;
  readonly crossing: number;
  readonly delayMs: number;
  /** To the first request that carries our signed transaction: the simulation's. */
  readonly signedMs: Percentiles;
  /** To the bundle itself. */
  readonly bundleMs: Percentiles;
  /** To the last bundle of the race. */
  readonly lastMs: Percentiles;
  readonly rpcCalls: number;
  readonly rpcDepth: number;
  /** Liquidated in the block of the update: what the last bundle came to. */
  readonly cleared: number | undefined;
}

const COLUMNS: readonly (readonly [string, (row: RaceRow) => string])[] = [
  ['borrowers', ({ borrowers }) => String(borrowers)],
  ['crossing', ({ crossing }) => String(crossing)],
  ['RPC delay ms', ({ delayMs }) => String(delayMs)],
  ['signed p50 ms', ({ signedMs }) => signedMs.p50.toFixed(1)],
  ['p95', ({ signedMs }) => signedMs.p95.toFixed(1)],
  ['best', ({ signedMs }) => signedMs.best.toFixed(1)],
  ['bundle p50 ms', ({ bundleMs }) => bundleMs.p50.toFixed(1)],
  ['last p50 ms', ({ lastMs }) => lastMs.p50.toFixed(1)],
  ['RPC calls', ({ rpcCalls }) => String(rpcCalls)],
  ['depth', ({ rpcDepth }) => String(rpcDepth)],
  ['cleared', ({ cleared }) => (cleared === undefined ? '' : String(cleared))],
];

/** The crossings as asked for, each on a chain of its own: the bundle of its last race is built into a block. */
async function measure(
  world: RaceWorld,
  samples: number,
  { crossing, answer: price }: (typeof CROSSINGS)[number],
): Promise<readonly RaceRow[]> {
  await world.racer.resident.current(undefined, 0);
  for (let warming = 0; warming < 10; warming++) await raceOnce(world, CROSSINGS[0].answer);
  const rows: RaceRow[] = [];
  for (const delayMs of crossing > 1 ? [0] : [50, 20, 0]) {
    await world.node.delay(delayMs);
    const races = [];
    const count = Math.max(1, Math.floor(samples / crossing));
    for (let sample = 0; sample < count; sample++) races.push(await raceOnce(world, price));
    rows.push({
      ...{ borrowers: world.borrowers, crossing, delayMs },
      signedMs: percentilesOf(races.map(({ signedMs }) => signedMs)),
      bundleMs: percentilesOf(races.map(({ bundleMs }) => bundleMs)),
      lastMs: percentilesOf(races.map(({ lastMs }) => lastMs)),
      rpcCalls: Math.max(...races.map(({ rpcCalls }) => rpcCalls)),
      rpcDepth: Math.max(...races.map(({ rpcDepth }) => rpcDepth)),
      cleared: undefined,
    });
  }
  const cleared = await world.clearedIn(await world.buildBlock());
  return rows.map((row, at) => (at === rows.length - 1 ? { ...row, cleared } : row));
}

async function raceOnce(world: RaceWorld, price: bigint) {
  const event = await world.event(price);
  await world.node.reset();
  await world.relay.reset();
  const startedMs = nowMs();
  await answer(parseEvent(event), Date.now(), world.racer);
  const [asked, sent] = [await world.node.calls(), await world.relay.calls()];
  const signedMs = (sent[0]?.arrivedMs ?? Infinity) - startedMs;
  const bundles = sent.filter(({ method }) => method === 'eth_sendBundle');
  const before = asked.filter(({ arrivedMs }) => arrivedMs < startedMs + signedMs);
  return {
    ...{ signedMs, bundleMs: (bundles[0]?.arrivedMs ?? Infinity) - startedMs },
    lastMs: (bundles.at(-1)?.arrivedMs ?? Infinity) - startedMs,
    ...{ rpcCalls: before.length, rpcDepth: depthOf(before) },
  };
}

function targets(rows: readonly RaceRow[]): string {
  const deepest = Math.max(...rows.map(({ rpcDepth }) => rpcDepth));
  const largest = rows.filter(({ crossing, delayMs }) => crossing === 1 && delayMs === 0).at(-1);
  const short = rows.filter(({ cleared, crossing }) => cleared !== undefined && cleared < crossing);
  const lines = [
    `${short.length === 0 ? 'met   ' : 'MISSED'} all who cross cleared in the block of the update: ${rows.flatMap(({ cleared, crossing }) => (cleared === undefined ? [] : `${cleared} of ${crossing}`)).join(', ')}`,
    `${deepest === 0 ? 'met   ' : 'MISSED'} RPC depth with a fresh book: ${deepest}, target 0`,
    largest &&
      `${largest.signedMs.p50 < 10 ? 'met   ' : 'MISSED'} p50 among ${largest.borrowers} borrowers: ${largest.signedMs.p50.toFixed(1)} ms, target < 10`,
  ];
  return lines.filter((line) => line !== undefined).join('\n');
}
