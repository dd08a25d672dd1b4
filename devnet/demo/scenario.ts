import { setTimeout as sleep } from 'node:timers/promises';
import type { Hex } from '../../lib/hex.ts';
import type { Box } from '../box.ts';
import { moveMarkets } from '../chain/market-maker.ts';
import type { SignedReport } from '../chain/oracle-node.ts';
import { type FeedSymbol, pricesAt, START_PRICES } from '../chain/prices.ts';
import { CUTOFF_SECONDS } from '../chain/svr.ts';
import type { Invocation } from '../lambda/invocation.ts';
import { sendPrivately } from '../mev-share/originator.ts';
import type { RaceLog } from '../race-log.ts';
import { CRASH, type CrashRound } from './crash.ts';
import type { DemoRival } from './rival.ts';

/** One slot of the scenario, once its block is there and settled. */
export interface PlayedSlot {
  readonly block: number;
  /** The report that was pending in it, or came to light in it. */
  readonly report: Pick<SignedReport, 'feed' | 'answer'>;
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
  let before = START_PRICES.ETH;
  for (const round of CRASH) {
    if (round.twist === 'auctioned') await switchToSvr(stage, before);
    const prices = pricesAt(round.answer);
    const moves = await moveMarkets(stage.box.anvil, stage.box.world, prices);
    for (const { rawTransaction } of moves) await broadcast(stage, rawTransaction);
    yield await playReport(stage, 'BTC', prices.BTC, undefined);
    yield await playEther(stage, round);
    before = round.answer;
  }
}

function playEther(stage: Stage, { answer, twist }: CrashRound): Promise<PlayedSlot> {
  if (twist === 'auctioned') return playAuctioned(stage, answer);
  if (twist === 'hidden') return playHidden(stage, answer);
  return playReport(stage, 'ETH', answer, twist);
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
  return { block: await endSlot(stage), report, symbol, twist, invocations };
}

/** Ether's proxy is given an aggregator that auctions its reports; its first one says what was last said. */
async function switchToSvr(stage: Stage, answer: bigint): Promise<void> {
  const { anvil, world, svrOracle, builder } = stage.box;
  const { timestampSeconds } = await builder.head();
  await broadcast(stage, svrOracle.report(answer, timestampSeconds).secondary().rawTransaction);
  const nonce = await anvil.rpc('eth_getTransactionCount', [world.accounts.deployer.address, 'latest']);
  await broadcast(stage, svrOracle.takeOver(Number(nonce)).rawTransaction);
  await endSlot(stage);
}

/** The oracle sends its report to MEV-Share, which tells searchers as much as they need to stand behind it. */
async function playAuctioned(stage: Stage, answer: bigint): Promise<PlayedSlot> {
  const { builder, svrOracle, mevShare } = stage.box;
  const { number, timestampSeconds } = await builder.head();
  const report = svrOracle.report(answer, timestampSeconds);
  await sendPrivately(mevShare.url, report.secondary().rawTransaction, number + 1);
  const invocations = await stage.races.answeredAtLeast(1);
  return { block: await endSlot(stage), report, symbol: 'ETH', twist: 'auctioned', invocations };
}

/** The oracle's report is public, and Aave does not see it until its cutoff has passed: nobody sends anything then. */
async function playHidden(stage: Stage, answer: bigint): Promise<PlayedSlot> {
  const { builder, svrOracle } = stage.box;
  const report = svrOracle.report(answer, (await builder.head()).timestampSeconds);
  await broadcast(stage, report.primary().rawTransaction);
  let block = await endSlot(stage);
  const { timestampSeconds: recordedAt } = await builder.head();
  while ((await builder.head()).timestampSeconds + SLOT_SECONDS <= recordedAt + CUTOFF_SECONDS) {
    block = await endSlot(stage);
  }
  // With this head the racer saw that the next block brings it to light.
  const invocations = [await stage.races.followed(block)];
  return { block: await endSlot(stage), report, symbol: 'ETH', twist: 'hidden', invocations };
}

const SLOT_SECONDS = 12;

/** @returns the number of its block, once the racer's market has followed and what landed is settled */
async function endSlot(stage: Stage): Promise<number> {
  const { number } = await stage.box.slots.nextSlot();
  await Promise.all([followHead(stage, number), settle(stage)]);
  return number;
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
