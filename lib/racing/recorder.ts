import type { Clock } from '../adapters/clock.ts';
import type { Head } from '../block.ts';
import type { RacePolicy } from '../config.ts';
import type { Skip } from '../decision.ts';
import type { Bundle, LiquidationPlan, OracleUpdate, Simulation, Submission } from '../domain.ts';
import type { Address } from '../hex.ts';
import type { Stage, TokenName } from '../ledger/fact.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { type FactSubject, subjectOf } from '../ledger/subject.ts';
import type { Market } from '../market/market.ts';
import { usdPerEthBase8 } from '../oracles/usd-per-ether.ts';
import type { Permit } from './permit.ts';
import { policyInForce } from './policy-in-force.ts';

/** Writes one race down, fact by fact, and times its stages. */
export interface Recorder {
  /** `false`: somebody else already decides about this update. */
  claimed(): Promise<boolean>;
  /** Somebody has stopped this chain's races. */
  paused(): Promise<boolean>;
  planned(
    bundles: readonly [Bundle, ...Bundle[]],
    plans: readonly LiquidationPlan[],
    permit: Signed,
  ): Promise<void>;
  simulated(bundle: Bundle, simulation: Simulation): Promise<void>;
  sent(bundle: Bundle, submissions: readonly Submission[]): Promise<void>;
  skipped(skips: readonly Skip[]): Promise<'skipped'>;
  /** The stage ended now. */
  mark(stage: Stage): void;
}

/** With which key, and what that may cost at most. */
export type Signed = Pick<Permit, 'maxGasCostWei'> & {
  readonly operator: Pick<Permit['operator'], 'address'>;
  readonly transaction: Pick<Permit['transaction'], 'nonce'>;
};

export interface RecorderSetting {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly market: Market;
  readonly policy: RacePolicy;
  /** When this invocation got the event. */
  readonly receivedAtMs: number;
}

export function recorderOf(update: OracleUpdate, setting: RecorderSetting): Recorder {
  const { ledger, clock, market, policy, receivedAtMs } = setting;
  const stagesMs: Partial<Record<Stage, number>> = { received: receivedAtMs };
  const fact = (): FactSubject & { atMs: number } => ({ ...subjectOf(update), atMs: clock.nowMs() });
  const bundleFact = ({ ownTransactionHash }: Bundle) => ({ ...fact(), ownTransactionHash });

  return {
    mark: (stage) => {
      stagesMs[stage] = clock.nowMs();
    },

    async claimed() {
      const feed = market.feeds.get(update.aggregator);
      const { aggregator, answer, epochAndRound, seenAtMs, source } = update;
      const { kind: trigger } = update.trigger;
      const transactionHash =
        'transactionHash' in update.trigger ? update.trigger.transactionHash : undefined;
      return ledger.claim({
        ...fact(),
        state: 'claimed',
        ...{ aggregator, answer, epochAndRound, seenAtMs, receivedAtMs, trigger, transactionHash, source },
        leadMs: leadMs(update, market.head, policy.secondsPerSlot),
        msIntoSlot: msIntoSlot(update, market.head, policy.secondsPerSlot),
        usdPerEthBase8: usdPerEthBase8(market.feeds, update),
        policy: policyInForce(policy),
        feed: feed?.description ?? aggregator,
        previousAnswer: feed?.answer,
      });
    },

    paused: async () => (await ledger.pause(update.chainId)) !== undefined,

    async planned(bundles, plans, { operator, transaction, maxGasCostWei }) {
      const [bundle] = bundles;
      await ledger.append({
        ...bundleFact(bundle),
        state: 'planned',
        // Settled once the last of them is old enough.
        targetBlock: (bundles.at(-1) ?? bundle).target.number,
        headBlock: market.head.number,
        baseFeeWei: bundle.target.baseFeeWei,
        ...{ executor: policy.executor, operator: operator.address, nonce: transaction.nonce, maxGasCostWei },
        replacementUuid: bundle.replacementUuid,
        plans: plans.map(({ calls: _, ...numbers }) => numbers),
        tokens: namesIn(plans, market.tokenNames),
      });
    },

    async simulated(bundle, simulation) {
      await ledger.append({ ...bundleFact(bundle), state: 'simulated', ...simulation });
    },

    async sent(bundle, submissions) {
      await ledger.append({ ...bundleFact(bundle), state: 'sent', submissions, stagesMs });
    },

    async skipped(skips) {
      await Promise.all(skips.map((skip) => ledger.append({ ...fact(), state: 'skipped', ...skip })));
      return 'skipped';
    },
  };
}

/**
 * From our sight of the update to the block in which it takes effect: one slot after the head, or, where it is
 * confirmed, the head itself. Sight against sight: heads reach us late too, and a chain's clock need not be ours.
 */
function leadMs({ trigger, seenAtMs }: OracleUpdate, head: Head, secondsPerSlot: number): number {
  const headAtMs = head.seenAtMs ?? head.timestampSeconds * 1000;
  return headAtMs + (trigger.kind === 'confirmed' ? 0 : secondsPerSlot * 1000) - seenAtMs;
}

/** A slot has no millisecond before its first: however far the two clocks are apart, the answer is within one. */
function msIntoSlot({ seenAtMs }: OracleUpdate, head: Head, secondsPerSlot: number): number {
  const slotMs = secondsPerSlot * 1000;
  const sinceHeadMs = seenAtMs - head.timestampSeconds * 1000;
  return ((sinceHeadMs % slotMs) + slotMs) % slotMs;
}

/** The reader of a row asks no chain. */
function namesIn(
  plans: readonly LiquidationPlan[],
  names: ReadonlyMap<Address, TokenName> | undefined,
): readonly TokenName[] {
  const tokens = new Set(plans.flatMap(({ debtAsset, collateralAsset }) => [debtAsset, collateralAsset]));
  return [...tokens].flatMap((token) => names?.get(token) ?? []);
}
