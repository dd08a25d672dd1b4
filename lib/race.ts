import type { Simulator } from './adapters/simulator.ts';
import { batchesOf, roomFor } from './bundle/batches.ts';
import { bidOn } from './bundle/bid.ts';
import { bundlesBehind, planningTerms } from './bundle/build.ts';
import { unsent, withheld } from './bundle/clearance.ts';
import { targetsOf } from './bundle/target.ts';
import type { OracleUpdate } from './domain.ts';
import { decide } from './planning/decide.ts';
import type { BidHistory } from './racing/bid-history.ts';
import { type PermitDeps, permitFor } from './racing/permit.ts';
import type { Recorder } from './racing/recorder.ts';
import type { Standing } from './racing/standing.ts';

export interface RaceDeps extends PermitDeps {
  readonly simulator: Simulator;
  readonly standing: Standing;
  readonly bids: Pick<BidHistory, 'records'>;
  readonly recorder: Recorder;
}

export type Decision = 'duplicate' | 'skipped' | 'sent';

/** One price update: what it opens, what we do about it, what we send. Every turn of it is recorded. */
export async function race(update: OracleUpdate, deps: RaceDeps): Promise<Decision> {
  const { market, policy, simulator, standing, bids, recorder, nowMs } = deps;
  const targets = targetsOf(market.head, policy, nowMs);
  const terms = planningTerms(policy, targets);

  // The claim and the stop travel while we decide; nothing leaves before they are back.
  const [isOurs, isPaused, { plans, skips: closed }] = await Promise.all([
    recorder.claimed(),
    recorder.paused(),
    Promise.try(decide, update, targets[0], market, terms),
  ]);
  if (!isOurs) return 'duplicate';
  recorder.mark('decided');
  if (plans.length === 0)
    return recorder.skipped([...closed, ...(await standing.takeBack(update, market.head))]);
  const held = withheld(plans, isPaused, policy.mode);
  if (held) return recorder.skipped([...closed, ...held]);

  const packed = batchesOf(plans, roomFor(update.trigger, market.head, policy), terms);
  const skips = [...closed, ...packed.skips];
  const bid = bidOn(update, packed.batches, market.feeds, policy, bids.records());
  const permit = await permitFor(update, bid.batches, targets, { ...deps, policy: bid.policy });
  if ('reason' in permit) return recorder.skipped([...skips, permit]);
  const bundles = bundlesBehind(update, await permit.sign(), targets);
  recorder.mark('signed');

  // What we are about to send is on record first, whatever becomes of this process.
  const writing = recorder.planned(bundles, bid.batches, permit);
  const [simulation] = await Promise.all([simulator.simulate(bundles[0]), writing]);
  recorder.mark('simulated');
  const simulated = recorder.simulated(bundles[0], simulation);
  const kept = unsent(simulation, policy.mode);
  if (kept) {
    await Promise.all([simulated, kept.length > 0 && permit.giveBack()]);
    return recorder.skipped([...skips, ...kept]);
  }

  const [submissions] = await Promise.all([standing.send(update, bundles), simulated]);
  recorder.mark('sent');
  await Promise.all([recorder.sent(bundles[0], submissions), recorder.skipped(skips)]);
  return 'sent';
}
