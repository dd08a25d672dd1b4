import { cpus } from 'node:os';
import { renderTable } from '../bin/table.ts';
import { type Box, startBox } from '../devnet/box.ts';
import { nextBaseFeeWei } from '../devnet/builder/node.ts';
import { dynamoLedger } from '../lib/adapters/store.ts';
import { type Sent, STAGES, type Stage } from '../lib/ledger/fact.ts';
import { percentilesOf } from './statistics.ts';

const RACER = 'functions/on-oracle-update.ts';
const WARM_UP = 15;
/** Opens one borrower; the others fall later. */
const OPENS_ONE = 4_180_00000000n;

/**
 * The racing Lambda as it is deployed, under AWS's own runtime client, warm: what its own records say of each stage,
 * from the event's receipt to the builder's answer. Every race opens one borrower and sends one bundle.
 */
export async function measureStages(samples: number): Promise<void> {
  const box = await startBox({ secondsPerSlot: 0, onProgress: console.log });
  try {
    const durations: number[] = [];
    const updates: string[] = [];
    for (let race = 0; race < WARM_UP + samples; race += 1) {
      const { durationMs, updateId } = await raceOnce(box);
      if (race < WARM_UP) continue;
      durations.push(durationMs);
      updates.push(updateId);
    }
    print(await sentOf(box, updates), durations);
  } finally {
    await box.stop();
  }
}

let cents = 0n;

async function raceOnce(box: Box): Promise<{ readonly durationMs: number; readonly updateId: string }> {
  cents += 1n;
  const { builder, oracle, world, anvil, cloud } = box;
  const block = await builder.head();
  const { number, hash, timestampSeconds } = block;
  const transmitter = world.accounts.transmitters[0]?.address;
  const nonce = Number(await anvil.rpc('eth_getTransactionCount', [transmitter, 'latest']));
  const report = oracle.report('ETH', OPENS_ONE + cents, timestampSeconds, { nonce });
  const head = { number, hash, timestampSeconds, nextBaseFeeWei: String(nextBaseFeeWei(block)) };
  const event = { chainId: world.chainId, rawTransaction: report.rawTransaction, seenAtMs: Date.now(), head };
  const { error, result, durationMs } = await cloud.lambda.invoke(RACER, event);
  const updateId = /"updateId":"(0x[0-9a-f]{64})","decision":"sent"/.exec(JSON.stringify(result))?.[1];
  if (updateId !== undefined) return { durationMs, updateId };
  throw new Error(`The racer sent nothing: ${error?.errorMessage ?? JSON.stringify(result)}`);
}

async function sentOf({ cloud }: Box, updates: readonly string[]): Promise<readonly Sent[]> {
  const ledger = dynamoLedger({ tableName: cloud.tableName, client: cloud.dynamodb.client });
  const stories = await Promise.all(updates.map((update) => ledger.factsOfUpdate(update)));
  return stories.flat().filter((fact) => fact.state === 'sent');
}

function print(sent: readonly Sent[], durations: readonly number[]): void {
  const marked = STAGES.filter((stage) => sent.every(({ stagesMs }) => stagesMs[stage] !== undefined));
  const rows = marked.slice(1).map((stage, index) => {
    const before = marked[index] ?? 'received';
    return row(stage, spans(sent, before, stage), spans(sent, 'received', stage));
  });
  const builders = sent.map(({ submissions }) => Math.max(...submissions.map(({ tookMs }) => tookMs)));
  console.log(
    renderTable(
      ['stage', 'alone p50 ms', 'p95', 'since received p50 ms', 'p95'].map((title, at) => ({
        ...{ title, align: at === 0 ? 'left' : 'point' },
      })),
      [...rows, row('of which the builder', builders, []), row('whole invocation', durations, [])],
    ),
  );
  const { p50 } = percentilesOf(spans(sent, 'received', 'signed'));
  console.log(
    `${sent.length} warm races, each with its bundle; received to signed: ${p50.toFixed(1)} ms at p50`,
  );
  console.log(
    `${cpus().length} cores; simulation and sending include the box's builder, which runs the bundle on them too`,
  );
}

const spans = (sent: readonly Sent[], from: Stage, to: Stage): readonly number[] =>
  sent.map(({ stagesMs }) => (stagesMs[to] ?? 0) - (stagesMs[from] ?? 0));

function row(name: string, alone: readonly number[], since: readonly number[]): readonly string[] {
  const cells = [alone, since].flatMap((samples) => {
    const { p50, p95 } = percentilesOf(samples);
    return samples.length === 0 ? ['', ''] : [p50.toFixed(1), p95.toFixed(1)];
  });
  return [name, ...cells];
}
