import { planningTerms } from './bundle/build.ts';
import { withheld } from './bundle/clearance.ts';
import { targetsOf } from './bundle/target.ts';
import { decide } from './planning/decide.ts';
import { type OfferDeps, offer } from './racing/offer.ts';
import type { Unproven } from './racing/report-proof.ts';

export type RaceDeps = OfferDeps;

export type Decision = 'duplicate' | 'skipped' | 'sent';

/** One price update: what it opens, what we do about it, what we send. Every turn of it is recorded. */
export async function race(update: Unproven, deps: RaceDeps): Promise<Decision> {
  const { market, policy, standing, recorder, nowMs } = deps;
  const targets = targetsOf(market.head, policy, nowMs);

  // The claim and the stop travel while we decide; nothing leaves before they are back.
  const [isOurs, isPaused, { plans, skips: closed }] = await Promise.all([
    recorder.claimed(),
    recorder.paused(),
    Promise.try(decide, update, targets[0], market, planningTerms(policy, targets)),
  ]);
  if (!isOurs) return 'duplicate';
  recorder.mark('decided');
  if (plans.length === 0)
    return recorder.skipped([...closed, ...(await standing.takeBack(update, market.head))]);
  const held = withheld(plans, isPaused, policy.mode);
  if (held) return recorder.skipped([...closed, ...held]);
  return offer(update, { plans, skips: closed }, targets, deps);
}
