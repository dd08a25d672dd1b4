import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Simulator } from '../adapters/simulator.ts';
import type { TargetBlock } from '../block.ts';
import type { Batch } from '../bundle/batch.ts';
import { batchesOf, roomFor } from '../bundle/batches.ts';
import { bidOn } from '../bundle/bid.ts';
import { bundlesBehind, planningTerms } from '../bundle/build.ts';
import { unsent } from '../bundle/clearance.ts';
import type { Skip } from '../decision.ts';
import type { LiquidationPlan } from '../domain.ts';
import type { Hex } from '../hex.ts';
import type { BidHistory } from './bid-history.ts';
import { type Permit, type PermitDeps, permitFor } from './permit.ts';
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
  readonly plans: readonly LiquidationPlan[];
  readonly skips: readonly Skip[];
}

/** What was decided, and all that it takes to sign it; nothing of it has been signed. */
export interface Prepared extends Decided {
  /** Absent where nothing may be signed: the skips say why. */
  readonly signable?: { readonly batches: readonly Batch[]; readonly permit: Permit };
}

/** From what was decided to a permit: packed, bid for, a key and a part of the budget taken. */
export async function prepare(
  update: Unproven,
  { plans, skips: closed }: Decided,
  targets: readonly [TargetBlock, ...TargetBlock[]],
  deps: OfferDeps,
): Promise<Prepared> {
  const { market, policy, bids } = deps;
  if (plans.length === 0 || policy.mode === 'dryRun') return { plans, skips: closed };
  const terms = planningTerms(policy, targets);
  const packed = batchesOf(plans, roomFor(update.trigger, market.head, policy), terms);
  const skips = [...closed, ...packed.skips];
  const { batches, policy: bidding } = bidOn(update, packed.batches, market.feeds, policy, bids.records());
  const permit = await permitFor(update, batches, targets, { ...deps, policy: bidding });
  return 'reason' in permit
    ? { plans, skips: [...skips, permit] }
    : { plans, skips, signable: { batches, permit } };
}

/** What was prepared is not wanted: its part of the budget is free again. */
export async function withdraw({ signable }: Prepared): Promise<void> {
  await signable?.permit.giveBack();
}

/** What was asked for meanwhile, and what was prepared: without an answer nothing that was prepared is kept. */
export async function bothOrNothing<T>(
  asked: Promise<T>,
  preparing: Promise<Prepared>,
): Promise<readonly [T, Prepared]> {
  const orNothing = async (fault: unknown): Promise<never> => {
    await withdraw(await preparing);
    throw fault;
  };
  return Promise.all([asked.catch(orNothing), preparing]);
}

/** From the permit to what the builders answer: signed, on record, simulated, sent. */
export async function offer(
  update: Unproven,
  { plans, skips, signable }: Prepared,
  targets: readonly [TargetBlock, ...TargetBlock[]],
  deps: OfferDeps,
): Promise<'skipped' | 'sent'> {
  const { market, policy, simulator, standing, recorder } = deps;
  if (signable === undefined) return recorder.skipped(skips);
  const { batches, permit } = signable;
  const bundles = bundlesBehind(update, await signedOrSaid(permit, skips, recorder), targets);
  recorder.mark('signed');

  const simulating = simulator.simulate(bundles[0]);
  // What we are about to send is on record first, whatever becomes of this process.
  const writing = nextTurn().then(() => recorder.planned(bundles, batches, permit));
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

/** A key that does not sign is a fault; that the borrowers were lost to it is on record before it goes on. */
async function signedOrSaid(
  permit: Permit,
  skips: readonly Skip[],
  recorder: Recorder,
): Promise<readonly Hex[]> {
  try {
    return await permit.sign();
  } catch (fault) {
    const refused = `not signed: ${fault instanceof Error ? fault.message : String(fault)}`;
    await recorder.skipped([...skips, { reason: 'refusedByPolicy', numbers: { refused } }]);
    throw fault;
  }
}

/** What plans leave us, as they were decided: what a later decision is held against. */
export const promisedBy = (plans: readonly LiquidationPlan[]): bigint =>
  plans.reduce((sum, { profitWei }) => sum + profitWei, 0n);
