import { dynamoLedger } from '../../lib/adapters/store.ts';
import { LiquidatorError } from '../../lib/errors.ts';
import type { Hex } from '../../lib/hex.ts';
import type { Fact } from '../../lib/ledger/fact.ts';
import type { Ledger } from '../../lib/ledger/ledger.ts';
import { type Box, startBox } from '../box.ts';
import { startRaceLog, WATCHER } from '../race-log.ts';
import { readOwnerBalanceWei } from './owner-balance.ts';
import { startDemoRival } from './rival.ts';
import { type PlayedSlot, playCrash, type Stage } from './scenario.ts';
import { type Summary, summaryOf } from './summary.ts';
import { slotLines } from './timeline.ts';

export interface DemoOptions {
  /** Hears the timeline, line by line. */
  readonly print: (line: string) => void;
  readonly onLog?: (source: string, line: string) => void;
  /** The box is up, and nothing is played yet. */
  readonly onStarted?: (box: Box) => Promise<void>;
}

export interface PlayedDemo {
  readonly summary: Summary;
  /** Still running: to be looked at, and stopped. */
  readonly box: Box;
}

/** Plays the crash against the real stack. @throws LiquidatorError when a Lambda fails or the books do not balance. */
export async function playDemo({ print, onLog, onStarted }: DemoOptions): Promise<PlayedDemo> {
  const box = await startBox({ secondsPerSlot: 0, onProgress: print, ...(onLog && { onLog }) });
  const stack = new AsyncDisposableStack();
  try {
    await onStarted?.(box);
    const stage = await setStage(box, stack);
    const before = await searcherBalance(box);
    const facts = await play(stage, print);
    const summary = summaryOf(facts, (await searcherBalance(box)) - before);
    requireBalanced(summary);
    await stack.disposeAsync();
    return { summary, box };
  } catch (error) {
    await stack.disposeAsync();
    await box.stop();
    throw error;
  }
}

/** The watcher runs for as long as the box does: nobody schedules it here. */
async function setStage(box: Box, stack: AsyncDisposableStack): Promise<Stage> {
  const races = startRaceLog(box.cloud, box.world.chainId);
  stack.defer(() => races.stop());
  box.cloud.lambda.invokeAsync(WATCHER, {});
  const rival = await startDemoRival(box);
  stack.defer(() => rival.rival.stop());
  return { box, races, rival };
}

async function play(stage: Stage, print: (line: string) => void): Promise<readonly Fact[]> {
  const ledger = ledgerOf(stage.box);
  const all: Fact[] = [];
  for await (const slot of playCrash(stage)) {
    const told = new Set(all.map(({ updateId }) => updateId));
    const facts = await factsOf(slot, ledger, told);
    all.push(...facts);
    for (const line of slotLines(slot, facts, stage.box.world)) print(line);
  }
  return all;
}

const ledgerOf = ({ cloud }: Box): Ledger =>
  dynamoLedger({ tableName: cloud.tableName, client: cloud.dynamodb.client });

/** The story of every update that this slot's events brought, each told once. */
async function factsOf(
  { invocations }: PlayedSlot,
  ledger: Ledger,
  told: ReadonlySet<Hex>,
): Promise<readonly Fact[]> {
  const failed = invocations.find(({ error }) => error)?.error;
  if (failed) throw new LiquidatorError(`The racer failed with ${failed.errorType}: ${failed.errorMessage}`);
  const ids = new Set(invocations.flatMap(({ result }) => updateIds(result))).difference(told);
  const stories = await Promise.all([...ids].map((id) => ledger.factsOfUpdate(id)));
  return stories.flat();
}

const updateIds = (result: unknown): readonly string[] =>
  [...JSON.stringify(result).matchAll(/"updateId":"(0x[0-9a-f]+)"/g)].flatMap(([, id]) => (id ? [id] : []));

/** Owner and executor hold what was earned, the operator paid the gas. */
const searcherBalance = ({ anvil, world, executor }: Box): Promise<bigint> =>
  readOwnerBalanceWei(anvil, world.tokens.WETH.address, [
    world.accounts.searcherOwner.address,
    world.accounts.searcherOperator.address,
    executor,
  ]);

function requireBalanced(summary: Summary): void {
  const { earnedWei, bidWei, gasCostWei, realizedProfitWei, ownerBalanceChangeWei } = summary;
  const earned = Object.values(earnedWei).reduce((sum, wei) => sum + BigInt(wei), 0n);
  const left = String(earned - BigInt(bidWei) - BigInt(gasCostWei));
  if (left === realizedProfitWei && realizedProfitWei === ownerBalanceChangeWei) return;
  throw new LiquidatorError(
    `The protocols leave ${left} wei, the ledger says ${realizedProfitWei}, the chain ${ownerBalanceChangeWei}: please report this run.`,
  );
}
