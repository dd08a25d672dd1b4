import { setTimeout as sleep } from 'node:timers/promises';
import type { Hex } from '../../lib/domain.ts';
import type { Box } from '../box.ts';
import { moveMarkets } from '../chain/market-maker.ts';
import type { SignedReport } from '../chain/oracle-node.ts';
import { type FeedSymbol, pricesAt } from '../chain/prices.ts';
import type { Invocation } from '../lambda/invocation.ts';
import type { RaceLog } from '../race-log.ts';
import { CRASH, type CrashRound } from './crash.ts';
import type { DemoRival } from './rival.ts';

/** One slot of the scenario, once its block is there and settled. */
export interface PlayedSlot {
  readonly block: number;
  /** The report that was pending in it. */
  readonly report: SignedReport;
  readonly symbol: FeedSymbol;
  readonly twist: CrashRound['twist'];
  /** What the racer made of the events of this slot. */
  readonly invocations: readonly Invocation[];
}

export interface Stage {
  readonly box: Box;
  readonly races: RaceLog;
  readonly rival: DemoRival;
}

/** Two slots a round: the markets and bitcoin move first, as they do; then ether's own report. */
export async function* playCrash(stage: Stage): AsyncGenerator<PlayedSlot> {
  await followHead(stage, (await stage.box.builder.head()).number);
  for (const round of CRASH) {
    const prices = pricesAt(round.answer);
    const moves = await moveMarkets(stage.box.anvil, stage.box.world, prices);
    for (const { rawTransaction } of moves) await broadcast(stage, rawTransaction);
    yield await playReport(stage, 'BTC', prices.BTC, undefined);
    yield await playReport(stage, 'ETH', prices.ETH, round.twist);
  }
}

async function playReport(
  stage: Stage,
  symbol: FeedSymbol,
  answer: bigint,
  twist: CrashRound['twist'],
): Promise<PlayedSlot> {
  const { box, races, rival } = stage;
  const head = await box.builder.head();
  const report = box.oracle.report(symbol, answer, head.timestampSeconds);
  if (twist === 'rivalBidsMore') rival.contest(report.hash, answer);
  await broadcast(stage, report.rawTransaction);
  if (twist === 'deliveredTwice') races.repeat(report.rawTransaction);
  const invocations = await races.answeredAtLeast(twist === 'deliveredTwice' ? 2 : 1);
  if (twist === 'rivalBidsMore') await until(() => rival.rival.bundles.length > 0);
  const { number } = await box.slots.nextSlot();
  await Promise.all([followHead(stage, number), settle(stage)]);
  return { block: number, report, symbol, twist, invocations };
}

const broadcast = ({ box }: Stage, rawTransaction: Hex) =>
  box.anvil.rpc('eth_sendRawTransaction', [rawTransaction]);

async function followHead({ races }: Stage, block: number): Promise<void> {
  requireSuccess(await races.followed(block));
}

async function settle({ box }: Stage): Promise<void> {
  await Promise.all(
    box.cloud.events.runSchedules().map(async ({ finished }) => requireSuccess(await finished)),
  );
}

function requireSuccess({ error }: Invocation): void {
  if (error) throw new Error(`${error.errorType}: ${error.errorMessage}`);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(10);
}
