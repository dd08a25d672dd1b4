import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TargetBlock } from './block.ts';
import { planningTerms } from './bundle/build.ts';
import { withheld } from './bundle/clearance.ts';
import { targetsOf } from './bundle/target.ts';
import { decide } from './planning/decide.ts';
import { bothOrNothing, type OfferDeps, offer, type Prepared, prepare, withdraw } from './racing/offer.ts';
import type { Unproven } from './racing/report-proof.ts';

export type RaceDeps = OfferDeps;

export type Decision = 'duplicate' | 'skipped' | 'sent';

/** One price update: what it opens, what we do about it, what we send. Every turn of it is recorded. */
export async function race(update: Unproven, deps: RaceDeps): Promise<Decision> {
  const { market, policy, standing, recorder, nowMs } = deps;
  const targets = targetsOf(market.head, policy, nowMs);

  // The claim and the stop travel while we decide and prepare; nothing is signed before they are back.
  const cleared = Promise.all([recorder.claimed(), recorder.paused()]);
  const preparing = decideAndPrepare(update, targets, deps);
  const [[isOurs, isPaused], prepared] = await bothOrNothing(cleared, preparing);
  const { plans, skips } = prepared;
  const held = withheld(plans, isPaused, policy.mode);
  if (!isOurs || held) await withdraw(prepared);

  if (!isOurs) return 'duplicate';
  if (plans.length === 0)
    return recorder.skipped([...skips, ...(await standing.takeBack(update, market.head))]);
  return held ? recorder.skipped([...skips, ...held]) : offer(update, prepared, targets, deps);
}

/** Begins when what has been asked for is on its way. */
async function decideAndPrepare(
  update: Unproven,
  targets: readonly [TargetBlock, ...TargetBlock[]],
  deps: RaceDeps,
): Promise<Prepared> {
  const { market, policy, recorder } = deps;
  await nextTurn();
  const decided = decide(update, targets[0], market, planningTerms(policy, targets));
  recorder.mark('decided');
  return prepare(update, decided, targets, deps);
}
