import type {
  Address,
  Bundle,
  LiquidationPlan,
  OracleUpdate,
  Simulation,
  Skip,
  Submission,
} from '../domain.ts';
import type { Feed } from '../oracles/feed.ts';
import { type Claimed, type Planned, type Sent, type Simulated, type Skipped, subjectOf } from './fact.ts';

/** What the facts say of the world in which the update was met. */
export interface StorySetting {
  readonly market: { readonly head: { readonly number: number }; readonly feeds: ReadonlyMap<Address, Feed> };
  readonly policy: { readonly executor: Address };
  readonly operator: { readonly address: Address };
  readonly clock: { nowMs(): number };
  readonly stopwatch: { readonly stagesMs: Sent['stagesMs'] };
}

/** The facts of one update, as the race learns them, each stamped with the time at which it was learned. */
export function storyOf(update: OracleUpdate, setting: StorySetting) {
  const { market, policy, operator, clock, stopwatch } = setting;
  const fact = () => ({ ...subjectOf(update), atMs: clock.nowMs() });
  const bundleFact = ({ ownTransactionHash }: Bundle) => ({ ...fact(), ownTransactionHash });
  const feed = market.feeds.get(update.aggregator);
  return {
    claimed: (): Claimed => ({
      ...fact(),
      state: 'claimed',
      aggregator: update.aggregator,
      feed: feed?.description ?? update.aggregator,
      answer: update.answer,
      previousAnswer: feed?.answer,
      epochAndRound: update.epochAndRound,
      trigger: update.trigger.kind,
      transactionHash: update.trigger.transactionHash,
      seenAtMs: update.seenAtMs,
      receivedAtMs: stopwatch.stagesMs.received ?? clock.nowMs(),
    }),
    skipped: (skip: Skip): Skipped => ({ ...fact(), state: 'skipped', ...skip }),
    planned: (bundle: Bundle, plans: readonly LiquidationPlan[], nonce: number): Planned => ({
      ...bundleFact(bundle),
      state: 'planned',
      targetBlock: bundle.target.number,
      headBlock: market.head.number,
      baseFeeWei: bundle.target.baseFeeWei,
      executor: policy.executor,
      operator: operator.address,
      nonce,
      replacementUuid: bundle.replacementUuid,
      plans: plans.map(({ calls: _, ...numbers }) => numbers),
    }),
    simulated: (bundle: Bundle, simulation: Simulation): Simulated => ({
      ...bundleFact(bundle),
      state: 'simulated',
      ...simulation,
    }),
    sent: (bundle: Bundle, submissions: readonly Submission[]): Sent => ({
      ...bundleFact(bundle),
      state: 'sent',
      submissions,
      stagesMs: { ...stopwatch.stagesMs },
    }),
  };
}
