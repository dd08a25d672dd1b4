import type { Clock } from './adapters/clock.ts';
import type { Head, TargetBlock } from './block.ts';
import { planningTerms } from './bundle/build.ts';
import { nextTarget, targetsOf } from './bundle/target.ts';
import type { Chain } from './chain.ts';
import type { Skip } from './decision.ts';
import type { OracleUpdate } from './domain.ts';
import type { Ledger } from './ledger/ledger.ts';
import type { Market, ResidentMarket } from './market/market.ts';
import { isRefused, type NotAnUpdate } from './oracles/decode.ts';
import type { Confirmed, NewHeadEvent, OraclePriceUpdateEvent, RaceEvent } from './oracles/event.ts';
import { decide } from './planning/decide.ts';
import { type Decision, type RaceDeps, race } from './race.ts';
import type { BidHistory } from './racing/bid-history.ts';
import type { Lookout } from './racing/lookout.ts';
import { offer, prepare, promisedBy } from './racing/offer.ts';
import { type Recorder, type RecorderSetting, recorderOf } from './racing/recorder.ts';
import type { Unproven } from './racing/report-proof.ts';
import { isSameDelivery, turnsOf } from './racing/together.ts';
import { ownUpdate } from './triggers/own-update.ts';
import { updatesOf } from './triggers/sightings.ts';
import { timerUpdates } from './triggers/timers.ts';

/** All that outlives one event: what `race` needs, and where the market comes from. */
export interface RacerDeps extends Omit<RaceDeps, 'market' | 'recorder' | 'nowMs'> {
  readonly bids: BidHistory;
  readonly resident: ResidentMarket;
  /** Absent: nobody is told who is near to liquidation. */
  readonly lookout?: Lookout;
  readonly chain: Pick<Chain, 'chainId' | 'transaction'>;
  readonly ledger: Ledger;
  readonly clock: Clock;
  /** Tells it apart, where several share the protocols of the chain between them. */
  readonly racer?: string | undefined;
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

/** Races what an `OraclePriceUpdate` brings; after a `NewHead`, with the market up to date, what is due by time. */
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
  const { clock, policy } = deps;
  const { chainId, secondsPerSlot } = policy;
  const target = nextTarget(market.head, secondsPerSlot, clock.nowMs());
  const due = timerUpdates(
    market,
    target,
    chainId,
    dueSinceMs(market.head, target, secondsPerSlot, receivedAtMs),
  );
  const updates = await raceAll(due, market, receivedAtMs, deps);
  if (policy.bid.kind === 'fitted') await deps.bids.refresh();
  await deps.lookout?.look(market);
  return { followed: market.head.number, updates };
}

/** The head tells of its slot; of those after an empty one our own clock does. */
function dueSinceMs(
  head: Head,
  { timestampSeconds }: TargetBlock,
  secondsPerSlot: number,
  receivedAtMs: number,
): number {
  const isNextSlot = timestampSeconds === head.timestampSeconds + secondsPerSlot;
  return isNextSlot ? (head.seenAtMs ?? receivedAtMs) : receivedAtMs;
}

/**
 * With a new block: bundles for the next ones whose borrowers are gone are taken back. Replaced are those for which
 * there is now another plan, since a rival took a part or a larger size pays, and those that began with what the block
 * has brought: it cannot be mined twice.
 */
async function recheckStanding(market: Market, receivedAtMs: number, deps: RacerDeps): Promise<void> {
  const { standing, policy, ledger, clock } = deps;
  const nowMs = clock.nowMs();
  for (const { update: sent, promisedWei } of standing.waiting(market.head.number)) {
    const update = asItStands(sent, market);
    const targets = targetsOf(market.head, policy, nowMs);
    const decided = decide(update, targets[0], market, planningTerms(policy, targets));
    const recorder = recorderOf(update, { ledger, clock, market, policy, receivedAtMs });
    if (decided.plans.length === 0) await recorder.skipped(await standing.takeBack(update, market.head));
    else if (
      (update !== sent || isAnother(promisedBy(decided.plans), promisedWei)) &&
      !(await recorder.paused())
    ) {
      const again = { ...deps, market, recorder, nowMs };
      await offer(update, await prepare(update, decided, targets, again), targets, again);
    }
  }
}

/** A hundredth more or less: whatever changes less is the time that has passed. */
const isAnother = (wei: bigint, before: bigint): boolean =>
  (wei > before ? wei - before : before - wei) * 100n > before;

/** What a block has brought needs nothing before our own transaction any more. */
function asItStands(update: OracleUpdate, { feeds, head }: Market): OracleUpdate {
  const { trigger, aggregator, answer } = update;
  if (trigger.kind !== 'pendingTransaction' || feeds.get(aggregator)?.answer !== answer) return update;
  const { transactionHash } = trigger;
  return { ...update, trigger: { kind: 'confirmed', transactionHash, blockNumber: head.number } };
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

/** What one event tells of takes effect at once, and is decided once: all of it counts in the one race. */
async function raceAll(
  found: readonly (Unproven | NotAnUpdate)[],
  market: Market,
  receivedAtMs: number,
  deps: RacerDeps,
): Promise<readonly (UpdateAnswer | NotAnUpdate)[]> {
  const updates = found.filter(isUpdate).map((update) => ownUpdate(update, deps.racer));
  const answers: UpdateAnswer[] = [];
  let decider: string | undefined;
  for (const { update, replacedBy } of turnsOf(updates)) {
    const recorder = recorderIn({ ...deps, market, receivedAtMs }, update);
    const by = decider ?? replacedBy;
    const decision =
      by === undefined
        ? await raceOne(update, recorder, market, receivedAtMs, deps)
        : await notRaced(recorder, { reason: 'racedTogether', numbers: { with: by } });
    answers.unshift({ updateId: update.id, decision });
    if (by === undefined && (decision !== 'duplicate' || (await isDecidedWith(update, updates, deps))))
      decider = update.id;
  }
  return [...answers, ...found.filter(isRefused)];
}

const isUpdate = (found: Unproven | NotAnUpdate): found is Unproven => !isRefused(found);

/** By another racer, which heard of all of it. */
const isDecidedWith = async (
  update: OracleUpdate,
  { length }: readonly OracleUpdate[],
  { ledger }: RacerDeps,
): Promise<boolean> => length > 1 && isSameDelivery(update, await ledger.factsOfUpdate(update.id));

function recorderIn(setting: RecorderSetting, update: OracleUpdate): Recorder {
  const recorder = recorderOf(update, setting);
  recorder.mark('decoded');
  return recorder;
}

async function raceOne(
  update: Unproven,
  recorder: Recorder,
  market: Market,
  receivedAtMs: number,
  deps: RacerDeps,
): Promise<Decision> {
  const lateMs = receivedAtMs - update.seenAtMs;
  return lateMs > deps.policy.maxEventAgeMs
    ? notRaced(recorder, { reason: 'tooLate', numbers: { lateMs: BigInt(lateMs) } })
    : race(update, { ...deps, market, recorder, nowMs: deps.clock.nowMs() });
}

async function notRaced(recorder: Recorder, skip: Skip): Promise<Decision> {
  return (await recorder.claimed()) ? recorder.skipped([skip]) : 'duplicate';
}
