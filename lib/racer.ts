import type { Clock } from './adapters/clock.ts';
import type { Head } from './block.ts';
import { planningTerms } from './bundle/build.ts';
import { nextTarget, targetsOf } from './bundle/target.ts';
import type { Chain } from './chain.ts';
import type { OracleUpdate } from './domain.ts';
import type { Ledger } from './ledger/ledger.ts';
import type { Market, ResidentMarket } from './market/market.ts';
import { isRefused, type NotAnUpdate } from './oracles/decode.ts';
import type { Confirmed, NewHeadEvent, OraclePriceUpdateEvent, RaceEvent } from './oracles/event.ts';
import { decide } from './planning/decide.ts';
import { type Decision, type RaceDeps, race } from './race.ts';
import type { BidHistory } from './racing/bid-history.ts';
import { type Recorder, recorderOf } from './racing/recorder.ts';
import { updatesOf } from './triggers/sightings.ts';
import { timerUpdates } from './triggers/timers.ts';

/** All that outlives one event: what `race` needs, and where the market comes from. */
export interface RacerDeps extends Omit<RaceDeps, 'market' | 'recorder' | 'nowMs'> {
  readonly bids: BidHistory;
  readonly resident: ResidentMarket;
  readonly chain: Pick<Chain, 'chainId' | 'transaction'>;
  readonly ledger: Ledger;
  readonly clock: Clock;
}

/** What one event came to, update by update. */
export interface RacerAnswer {
  /** The block that the market was brought up to, by a `NewHead`. */
  readonly followed?: number;
  readonly updates: readonly (UpdateAnswer | NotAnUpdate)[];
}

export interface UpdateAnswer {
  readonly updateId: string;
  readonly decision: Decision;
}

/** Races every update of an `OraclePriceUpdate`; after a `NewHead`, with the market up to date, what is due by time. */
export async function answer(event: RaceEvent, receivedAtMs: number, deps: RacerDeps): Promise<RacerAnswer> {
  return event.kind === 'NewHead'
    ? followHead(event, receivedAtMs, deps)
    : raceUpdates(event, receivedAtMs, deps);
}

async function followHead(
  { head }: NewHeadEvent,
  receivedAtMs: number,
  deps: RacerDeps,
): Promise<RacerAnswer> {
  const market = await deps.resident.follow(head);
  await recheckStanding(market, receivedAtMs, deps);
  const { chainId, secondsPerSlot } = deps.policy;
  const due = timerUpdates(market, nextTarget(market.head, secondsPerSlot), chainId, receivedAtMs);
  const updates = await raceAll(due, market, receivedAtMs, deps);
  if (deps.policy.bid.kind === 'fitted') await deps.bids.refresh();
  return { followed: market.head.number, updates };
}

/** With a new block: bundles for the next ones whose borrowers are gone are taken back. */
async function recheckStanding(market: Market, receivedAtMs: number, deps: RacerDeps): Promise<void> {
  const { standing, policy, ledger, clock } = deps;
  for (const update of standing.waiting(market.head.number)) {
    const targets = targetsOf(market.head, policy, clock.nowMs());
    if (decide(update, targets[0], market, planningTerms(policy, targets)).plans.length > 0) continue;
    const recorder = recorderOf(update, { ledger, clock, market, policy, receivedAtMs });
    await recorder.skipped(await standing.takeBack(update, market.head));
  }
}

async function raceUpdates(
  event: OraclePriceUpdateEvent,
  receivedAtMs: number,
  deps: RacerDeps,
): Promise<RacerAnswer> {
  const { resident, policy, chain } = deps;
  const market = event.confirmed
    ? await resident.current(headWith(event.confirmed, event.head), 0)
    : await resident.current(event.head, policy.maxBookAgeBlocks);
  return { updates: await raceAll(await updatesOf(event, market, chain), market, receivedAtMs, deps) };
}

/** A head that has the confirmed transaction; `undefined` has the chain asked for its newest. */
const headWith = ({ blockNumber }: Confirmed, head: Head | undefined): Head | undefined =>
  head !== undefined && head.number >= blockNumber ? head : undefined;

async function raceAll(
  updates: readonly (OracleUpdate | NotAnUpdate)[],
  market: Market,
  receivedAtMs: number,
  deps: RacerDeps,
): Promise<readonly (UpdateAnswer | NotAnUpdate)[]> {
  const answers = [];
  for (const update of updates) {
    answers.push(isRefused(update) ? update : await raceOne(update, market, receivedAtMs, deps));
  }
  return answers;
}

async function raceOne(
  update: OracleUpdate,
  market: Market,
  receivedAtMs: number,
  deps: RacerDeps,
): Promise<UpdateAnswer> {
  const { ledger, clock, policy } = deps;
  const setting = { ledger, clock, market, policy };
  const recorder = recorderOf(update, { ...setting, receivedAtMs });
  recorder.mark('decoded');
  const lateMs = receivedAtMs - update.seenAtMs;
  const decision =
    lateMs > policy.maxEventAgeMs
      ? await tooLate(recorder, lateMs)
      : await race(update, { ...deps, market, recorder, nowMs: clock.nowMs() });
  return { updateId: update.id, decision };
}

async function tooLate(recorder: Recorder, lateMs: number): Promise<Decision> {
  if (!(await recorder.claimed())) return 'duplicate';
  return recorder.skipped([{ reason: 'tooLate', numbers: { lateMs: BigInt(lateMs) } }]);
}
