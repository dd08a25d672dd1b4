import type { Operator } from './adapters/operator.ts';
import type { Relay } from './adapters/relay.ts';
import type { Simulator } from './adapters/simulator.ts';
import { bundleBehind, executorTransaction, planningTerms } from './bundle/build.ts';
import { unsent, withheld } from './bundle/clearance.ts';
import { refusal } from './bundle/policy.ts';
import { nextTarget } from './bundle/target.ts';
import type { RacePolicy } from './config.ts';
import type { OracleUpdate } from './domain.ts';
import type { Market } from './market.ts';
import { decide } from './planning/decide.ts';
import type { Recorder } from './recorder.ts';

export interface RaceDeps {
  readonly market: Market;
  readonly policy: RacePolicy;
  readonly operator: Operator;
  readonly simulator: Simulator;
  readonly relays: readonly Relay[];
  readonly recorder: Recorder;
}

export type Decision = 'duplicate' | 'skipped' | 'sent';

/** One price update: what it opens, what we do about it, what we send. Every turn of it is recorded. */
export async function race(update: OracleUpdate, deps: RaceDeps): Promise<Decision> {
  const { market, policy, operator, simulator, relays, recorder } = deps;
  const target = nextTarget(market.head, policy.secondsPerSlot);

  // The claim and the stop travel while we decide; nothing leaves before they are back.
  const [isOurs, isPaused, { plans, skips }] = await Promise.all([
    recorder.claimed(),
    recorder.paused(),
    Promise.try(decide, update, target, market, planningTerms(policy, target)),
  ]);
  if (!isOurs) return 'duplicate';
  recorder.mark('decided');
  if (plans.length === 0) return recorder.skipped(skips);
  const held = withheld(plans, isPaused, policy.mode);
  if (held) return recorder.skipped([...skips, ...held]);

  const transaction = executorTransaction(plans, target, market.nonce, policy);
  const refused = refusal(transaction, policy);
  if (refused) return recorder.skipped([...skips, refused]);
  const bundle = bundleBehind(update, await operator.sign(transaction), target);
  recorder.mark('signed');

  // What we are about to send is on record first, whatever becomes of this process.
  const planned = recorder.planned(bundle, plans, transaction.nonce);
  const [simulation] = await Promise.all([simulator.simulate(bundle), planned]);
  recorder.mark('simulated');
  const simulated = recorder.simulated(bundle, simulation);
  const kept = unsent(simulation, policy.mode);
  if (kept) {
    await simulated;
    return recorder.skipped([...skips, ...kept]);
  }

  const [submissions] = await Promise.all([
    Promise.all(relays.filter((relay) => relay.takes(bundle)).map((relay) => relay.send(bundle))),
    simulated,
  ]);
  recorder.mark('sent');
  await Promise.all([recorder.sent(bundle, submissions), recorder.skipped(skips)]);
  return 'sent';
}
