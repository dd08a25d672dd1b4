import type { Clock } from './adapters/clock.ts';
import type { Ledger } from './adapters/store.ts';
import type { OracleUpdate } from './domain.ts';
import type { Market, ResidentMarket } from './market.ts';
import { type DecodedUpdate, decodeUpdates, isRefused, type NotAnUpdate } from './oracles/decode.ts';
import type { OraclePriceUpdateEvent, RaceEvent } from './oracles/event.ts';
import { type Decision, type RaceDeps, race } from './race.ts';
import { type Recorder, recorderOf } from './recorder.ts';

/** All that outlives one event: what `race` needs, and where the market comes from. */
export interface RacerDeps extends Omit<RaceDeps, 'market' | 'recorder'> {
  readonly resident: ResidentMarket;
  readonly ledger: Ledger;
  readonly clock: Clock;
}

/** What one event came to, update by update. */
export type RacerAnswer =
  | { readonly followed: number }
  | { readonly updates: readonly (UpdateAnswer | NotAnUpdate)[] };

export interface UpdateAnswer {
  readonly updateId: string;
  readonly decision: Decision;
}

/** Races every update of an `OraclePriceUpdate`; a `NewHead` brings the market up to date between races. */
export async function answer(event: RaceEvent, receivedAtMs: number, deps: RacerDeps): Promise<RacerAnswer> {
  if (event.kind === 'NewHead') {
    const { head } = await deps.resident.follow(event.head);
    return { followed: head.number };
  }
  const market = await deps.resident.current(event.head, deps.policy.maxBookAgeBlocks);
  const updates = [];
  for (const decoded of decodedUpdates(event, market, deps)) {
    updates.push(isRefused(decoded) ? decoded : await raceOne(decoded, market, receivedAtMs, deps));
  }
  return { updates };
}

function decodedUpdates(
  { rawTransaction, seenAtMs }: OraclePriceUpdateEvent,
  market: Market,
  { policy }: RacerDeps,
): readonly (DecodedUpdate | NotAnUpdate)[] {
  return decodeUpdates(rawTransaction, market.feeds, policy.chainId, seenAtMs);
}

async function raceOne(
  update: OracleUpdate,
  market: Market,
  receivedAtMs: number,
  deps: RacerDeps,
): Promise<UpdateAnswer> {
  const { ledger, clock, operator, policy } = deps;
  const setting = { ledger, clock, market, executor: policy.executor, operator: operator.address };
  const recorder = recorderOf(update, { ...setting, receivedAtMs });
  recorder.mark('decoded');
  const lateMs = receivedAtMs - update.seenAtMs;
  const decision =
    lateMs > policy.maxEventAgeMs
      ? await tooLate(recorder, lateMs)
      : await race(update, { ...deps, market, recorder });
  return { updateId: update.id, decision };
}

async function tooLate(recorder: Recorder, lateMs: number): Promise<Decision> {
  if (!(await recorder.claimed())) return 'duplicate';
  return recorder.skipped([{ reason: 'tooLate', numbers: { lateMs: BigInt(lateMs) } }]);
}
