import type { Clock } from '../adapters/clock.ts';
import type { Head } from '../block.ts';
import type { Batch } from '../bundle/batch.ts';
import { maxGasCostOf } from '../bundle/build.ts';
import { missedSlots } from '../bundle/target.ts';
import type { RacePolicy } from '../config.ts';
import type { Skip } from '../decision.ts';
import type { Bundle, OracleUpdate, Simulation, Submission } from '../domain.ts';
import type { Address } from '../hex.ts';
import type { Planned, Sent, Simulated, Stage, TokenName } from '../ledger/fact.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { type FactBase, subjectOf } from '../ledger/subject.ts';
import type { Market } from '../market/market.ts';
import { usdPerEthBase8 } from '../oracles/usd-per-ether.ts';
import type { Permit } from './permit.ts';
import { policyInForce } from './policy-in-force.ts';
import { deliveryOf } from './together.ts';

/** Writes one race down, fact by fact, and times its stages. */
export interface Recorder {
  /** `false`: somebody else already decides about this update. */
  claimed(): Promise<boolean>;
  /** Somebody has stopped this chain's races. */
  paused(): Promise<boolean>;
  /** Each transaction of the bundle by itself, as are what became of it in simulation and at the relays. */
  planned(bundles: readonly [Bundle, ...Bundle[]], batches: readonly Batch[], permit: Signed): Promise<void>;
  simulated(bundle: Bundle, simulation: Simulation): Promise<void>;
  sent(bundle: Bundle, submissions: readonly Submission[]): Promise<void>;
  skipped(skips: readonly Skip[]): Promise<'skipped'>;
  /** The stage ended now. */
  mark(stage: Stage): void;
}

/** With which key, and what that may cost at most. */
export interface Signed {
  readonly operator: Pick<Permit['operator'], 'address'>;
  /** In the order of the batches. */
  readonly transactions: readonly Pick<
    Permit['transactions'][number],
    'nonce' | 'gasLimit' | 'maxFeePerGas'
  >[];
}

export interface RecorderSetting {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly market: Market;
  readonly policy: RacePolicy;
  /** When this invocation got the event. */
  readonly receivedAtMs: number;
}

type OwnSubject = FactBase & Pick<Sent, 'ownTransactionHash'>;

export function recorderOf(update: OracleUpdate, setting: RecorderSetting): Recorder {
  const { ledger, clock, market, policy, receivedAtMs } = setting;
  const stagesMs: Partial<Record<Stage, number>> = { received: receivedAtMs };
  const fact = (): FactBase => ({ ...subjectOf(update), atMs: clock.nowMs() });
  const appendForEach = async (
    { ownTransactionHashes }: Bundle,
    factOf: (own: OwnSubject, index: number) => Planned | Simulated | Sent,
  ) => {
    const facts = ownTransactionHashes.map((ownTransactionHash, index) =>
      factOf({ ...fact(), ownTransactionHash }, index),
    );
    await Promise.all(facts.map((one) => ledger.append(one)));
  };

  return {
    mark: (stage) => {
      stagesMs[stage] = clock.nowMs();
    },

    async claimed() {
      const feed = market.feeds.get(update.aggregator);
      const { aggregator, answer, epochAndRound, seenAtMs, source } = update;
      const { kind: trigger } = update.trigger;
      return ledger.claim({
        ...fact(),
        state: 'claimed',
        ...{ aggregator, answer, epochAndRound, seenAtMs, receivedAtMs, trigger, source },
        ...deliveryOf(update.trigger),
        leadMs: leadMs(update, market.head, policy.secondsPerSlot),
        msIntoSlot: msIntoSlot(update, market.head, policy.secondsPerSlot),
        usdPerEthBase8: usdPerEthBase8(market.feeds, [...(update.alongside ?? []), update]),
        policy: policyInForce(policy),
        feed: feed?.description ?? aggregator,
        previousAnswer: feed?.answer,
      });
    },

    paused: async () => (await ledger.pause(update.chainId)) !== undefined,

    async planned(bundles, batches, { operator, transactions }) {
      const [bundle] = bundles;
      const { executor } = policy;
      await appendForEach(bundle, (own, index) => ({
        ...own,
        state: 'planned',
        // Settled once the last of them is old enough.
        targetBlock: (bundles.at(-1) ?? bundle).target.number,
        headBlock: market.head.number,
        baseFeeWei: bundle.target.baseFeeWei,
        ...{ executor, operator: operator.address, nonce: transactions[index]?.nonce ?? 0 },
        maxGasCostWei: maxGasCostOf(transactions.slice(index, index + 1)),
        replacementUuid: bundle.replacementUuid,
        plans: (batches[index] ?? []).map(({ calls: _calls, coldGas: _coldGas, ...numbers }) => numbers),
        tokens: namesIn(batches[index] ?? [], market.tokenNames),
        ...(batches.length > 1 && { part: { index, of: batches.length } }),
      }));
    },

    async simulated(bundle, simulation) {
      await appendForEach(bundle, (own, index) => ({
        ...own,
        state: 'simulated',
        ...ownPart(simulation, index),
      }));
    },

    async sent(bundle, submissions) {
      // One race, timed once.
      await appendForEach(bundle, (own, index) => ({
        ...own,
        state: 'sent',
        submissions,
        stagesMs: index === 0 ? stagesMs : {},
      }));
    },

    async skipped(skips) {
      await Promise.all(skips.map((skip) => ledger.append({ ...fact(), state: 'skipped', ...skip })));
      return 'skipped';
    },
  };
}

/** Where the bundle runs, each transaction has its own figures; where it does not, none of them does. */
const ownPart = (simulation: Simulation, index: number) =>
  simulation.ok
    ? { ok: true as const, ...(simulation.own[index] ?? { gasUsed: 0n, coinbaseDiffWei: 0n }) }
    : simulation;

/**
 * From our sight of the update to the block in which it takes effect: the next slot after the head, or, where it is
 * confirmed, the head itself. Sight against sight: heads reach us late too, and a chain's clock need not be ours.
 */
function leadMs({ trigger, seenAtMs }: OracleUpdate, head: Head, secondsPerSlot: number): number {
  const headAtMs = head.seenAtMs ?? head.timestampSeconds * 1000;
  const slots = trigger.kind === 'confirmed' ? 0 : 1 + missedSlots(head, secondsPerSlot, seenAtMs);
  return headAtMs + slots * secondsPerSlot * 1000 - seenAtMs;
}

/** A slot has no millisecond before its first: however far the two clocks are apart, the answer is within one. */
function msIntoSlot({ seenAtMs }: OracleUpdate, head: Head, secondsPerSlot: number): number {
  const slotMs = secondsPerSlot * 1000;
  const sinceHeadMs = seenAtMs - head.timestampSeconds * 1000;
  return ((sinceHeadMs % slotMs) + slotMs) % slotMs;
}

/** The reader of a row asks no chain. */
function namesIn(plans: Batch, names: ReadonlyMap<Address, TokenName> | undefined): readonly TokenName[] {
  const tokens = new Set(plans.flatMap(({ debtAsset, collateralAsset }) => [debtAsset, collateralAsset]));
  return [...tokens].flatMap((token) => names?.get(token) ?? []);
}
