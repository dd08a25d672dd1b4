import type { Clock } from './adapters/clock.ts';
import type { Operator } from './adapters/operator.ts';
import type { Relay } from './adapters/relay.ts';
import type { Simulator } from './adapters/simulator.ts';
import type { Ledger } from './adapters/store.ts';
import { bundleBehind, EXECUTE_GAS, executorTransaction } from './bundle/build.ts';
import { refusal } from './bundle/policy.ts';
import { nextTarget } from './bundle/target.ts';
import type { RacePolicy } from './config.ts';
import type { Hex, OracleUpdate, Skip, TargetBlock } from './domain.ts';
import { storyOf } from './ledger/story.ts';
import type { Market } from './market.ts';
import { type Planning, planLiquidations } from './planning/plan.ts';
import type { Stopwatch } from './stopwatch.ts';

export interface RaceDeps {
  readonly market: Market;
  readonly policy: RacePolicy;
  readonly ledger: Ledger;
  readonly operator: Operator;
  readonly simulator: Simulator;
  readonly relays: readonly Relay[];
  readonly clock: Clock;
  readonly stopwatch: Stopwatch;
}

export interface RaceResult {
  readonly updateId: Hex;
  readonly decision: 'duplicate' | 'skipped' | 'sent';
  /** How many are in the bundle. */
  readonly borrowers: number;
}

/** One price update: what it opens, what we do about it, what we send. Every turn of it is recorded. */
export async function race(update: OracleUpdate, deps: RaceDeps): Promise<RaceResult> {
  const { market, policy, ledger, operator, simulator, relays, stopwatch } = deps;
  const story = storyOf(update, deps);
  const target = nextTarget(market.head, policy.secondsPerSlot);
  const skip = async (skips: readonly Skip[]): Promise<RaceResult> => {
    await Promise.all(skips.map((one) => ledger.append(story.skipped(one))));
    return { updateId: update.id, decision: 'skipped', borrowers: 0 };
  };

  // The claim travels to the ledger while we decide; nothing leaves before it is back.
  const [isOurs, { plans, skips }] = await Promise.all([
    ledger.claim(story.claimed()),
    decide(update, target, deps),
  ]);
  if (!isOurs) return { updateId: update.id, decision: 'duplicate', borrowers: 0 };
  stopwatch.mark('claimed');
  if (plans.length === 0) return skip(skips);

  const transaction = executorTransaction(plans, target, market.nonce, policy);
  const refused = refusal(transaction, policy);
  if (refused !== undefined) return skip([...skips, { reason: 'refusedByPolicy', numbers: { refused } }]);
  const bundle = bundleBehind(update, await operator.sign(transaction), target);
  stopwatch.mark('signed');

  // What we are about to send is on record first, whatever becomes of this process.
  const [simulation] = await Promise.all([
    simulator.simulate(bundle),
    ledger.append(story.planned(bundle, plans, transaction.nonce)),
  ]);
  stopwatch.mark('simulated');
  if (!simulation.ok && simulation.reason === 'simulationReverted') {
    await ledger.append(story.simulated(bundle, simulation));
    return skip([...skips, { reason: simulation.reason, numbers: { detail: simulation.detail } }]);
  }

  const [submissions] = await Promise.all([
    Promise.all(relays.map((relay) => relay.send(bundle))),
    ledger.append(story.simulated(bundle, simulation)),
  ]);
  stopwatch.mark('sent');
  await ledger.append(story.sent(bundle, submissions));
  await skip(skips);
  return { updateId: update.id, decision: 'sent', borrowers: plans.length };
}

async function decide(
  update: OracleUpdate,
  target: TargetBlock,
  { market, policy, stopwatch }: RaceDeps,
): Promise<Planning> {
  const opportunities = market.books.flatMap((book) => book.opportunities(update, target));
  const gasPriceWei = target.baseFeeWei + policy.priorityFeeWei;
  const terms = { ...policy, gasPriceWei, fixedGas: EXECUTE_GAS };
  const planning = planLiquidations(opportunities, market.liquidity, terms);
  stopwatch.mark('decided');
  if (opportunities.length > 0) return planning;
  return { plans: [], skips: [{ reason: 'opensNothing', numbers: { answer: update.answer } }] };
}
