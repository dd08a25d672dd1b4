import type { Clock } from './adapters/clock.ts';
import type { Ledger } from './adapters/store.ts';
import type {
  Address,
  Bundle,
  Head,
  LiquidationPlan,
  OracleUpdate,
  Simulation,
  Skip,
  Submission,
} from './domain.ts';
import { type FactSubject, type Stage, subjectOf } from './ledger/fact.ts';
import type { Market } from './market.ts';

/** Writes one race down, fact by fact, and times its stages. */
export interface Recorder {
  /** `false`: somebody else already decides about this update. */
  claimed(): Promise<boolean>;
  /** Somebody has stopped this chain's races. */
  paused(): Promise<boolean>;
  planned(bundle: Bundle, plans: readonly LiquidationPlan[], nonce: number): Promise<void>;
  simulated(bundle: Bundle, simulation: Simulation): Promise<void>;
  sent(bundle: Bundle, submissions: readonly Submission[]): Promise<void>;
  skipped(skips: readonly Skip[]): Promise<'skipped'>;
  /** The stage ended now. */
  mark(stage: Stage): void;
}

export interface RecorderSetting {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly market: Market;
  readonly executor: Address;
  readonly operator: Address;
  readonly secondsPerSlot: number;
  /** When this invocation got the event. */
  readonly receivedAtMs: number;
}

export function recorderOf(update: OracleUpdate, setting: RecorderSetting): Recorder {
  const { ledger, clock, market, executor, operator, secondsPerSlot, receivedAtMs } = setting;
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
        leadMs: leadMs(update, market.head, secondsPerSlot),
        feed: feed?.description ?? aggregator,
        previousAnswer: feed?.answer,
      });
    },

    paused: async () => (await ledger.pause(update.chainId)) !== undefined,

    async planned(bundle, plans, nonce) {
      await ledger.append({
        ...bundleFact(bundle),
        state: 'planned',
        targetBlock: bundle.target.number,
        headBlock: market.head.number,
        baseFeeWei: bundle.target.baseFeeWei,
        ...{ executor, operator, nonce, replacementUuid: bundle.replacementUuid },
        plans: plans.map(({ calls: _, ...numbers }) => numbers),
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
