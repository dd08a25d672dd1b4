import type { Simulator } from '../adapters/simulator.ts';
import type { TargetBlock } from '../block.ts';
import { batchesOf, roomFor } from '../bundle/batches.ts';
import { bidOn } from '../bundle/bid.ts';
import { bundlesBehind, planningTerms } from '../bundle/build.ts';
import { unsent } from '../bundle/clearance.ts';
import type { Skip } from '../decision.ts';
import type { LiquidationPlan } from '../domain.ts';
import type { BidHistory } from './bid-history.ts';
import { type PermitDeps, permitFor } from './permit.ts';
import type { Recorder } from './recorder.ts';
import { reportRefusal, type Unproven } from './report-proof.ts';
import type { Standing } from './standing.ts';

export interface OfferDeps extends PermitDeps {
  readonly simulator: Simulator;
  readonly standing: Standing;
  readonly bids: Pick<BidHistory, 'records'>;
  readonly recorder: Recorder;
}

export interface Decided {
  /** One at least. */
  readonly plans: readonly LiquidationPlan[];
  readonly skips: readonly Skip[];
}

/** From what was decided to what the builders answer: bid, permitted, signed, on record, simulated, sent. */
export async function offer(
  update: Unproven,
  { plans, skips: closed }: Decided,
  targets: readonly [TargetBlock, ...TargetBlock[]],
  deps: OfferDeps,
): Promise<'skipped' | 'sent'> {
  const { market, policy, simulator, standing, bids, recorder } = deps;
  const terms = planningTerms(policy, targets);
  const packed = batchesOf(plans, roomFor(update.trigger, market.head, policy), terms);
  const skips = [...closed, ...packed.skips];
  const bid = bidOn(update, packed.batches, market.feeds, policy, bids.records());
  const permit = await permitFor(update, bid.batches, targets, { ...deps, policy: bid.policy });
  if ('reason' in permit) return recorder.skipped([...skips, permit]);
  const bundles = bundlesBehind(update, await permit.sign(), targets);
  recorder.mark('signed');

  // What we are about to send is on record first, whatever becomes of this process.
  const writing = recorder.planned(bundles, bid.batches, permit);
  const simulating = simulator.simulate(bundles[0]);
  const [simulation, forged] = await Promise.all([simulating, reportRefusal(update, market.feeds), writing]);
  recorder.mark('simulated');
  const simulated = recorder.simulated(bundles[0], simulation);
  const kept = forged ? [forged] : unsent(simulation, policy.mode);
  if (kept) {
    await simulated;
    // Not before it is on record that this never leaves: of whatever else is planned, settlement frees the stake.
    if (kept.length > 0) await permit.giveBack();
    return recorder.skipped([...skips, ...kept]);
  }

  const [submissions] = await Promise.all([standing.send(update, bundles, promisedBy(plans)), simulated]);
  recorder.mark('sent');
  await Promise.all([recorder.sent(bundles[0], submissions), recorder.skipped(skips)]);
  return 'sent';
}

/** What plans leave us, as they were decided: what a later decision is held against. */
export const promisedBy = (plans: readonly LiquidationPlan[]): bigint =>
  plans.reduce((sum, { profitWei }) => sum + profitWei, 0n);
