import type { Hex } from '../hex.ts';
import { type BundleStory, bundleStories } from './bundle-story.ts';
import { type Cell, cellOf, merged } from './cell.ts';
import type { Fact, Stage, TokenName } from './fact.ts';
import { STAGES } from './fact.ts';
import { type Histogram, histogramOf, mergeHistograms } from './histogram.ts';
import type { Line } from './line.ts';
import { linesOf } from './lines.ts';
import { storiesOf } from './stories.ts';

/**
 * What one day came to: every report and chart by day, feed, builder and so on is a sum of these. Always computed
 * from the day's facts as a whole, never added to.
 */
export interface DaySum {
  /** UTC, `YYYY-MM-DD`. */
  readonly day: string;
  readonly updates: number;
  readonly facts: number;
  readonly cells: readonly Cell[];
  /** From the receipt of the event to the end of each stage. */
  readonly latencies: StageLatencies;
  /** What each bundle in the chain changed, in the order of the updates. */
  readonly moments: readonly Moment[];
  /** Every bundle of a rival that took a borrower of ours, as far as its payment is known. */
  readonly duels: readonly Duel[];
  /** What the day's tokens called themselves. */
  readonly tokens: readonly TokenName[];
}

export interface Moment {
  readonly atSeconds: number;
  readonly netProfitWei: bigint;
}

export interface Duel {
  readonly atSeconds: number;
  readonly updateId: Hex;
  readonly offeredWei: bigint;
  readonly rivalPaidWei: bigint;
}

export type StageLatencies = Readonly<Partial<Record<Stage, Histogram>>>;

/** @param facts of this day, all of them, in any order */
export function daySumOf(day: string, facts: readonly Fact[]): DaySum {
  const stories = storiesOf(facts);
  const lines = stories.flatMap(linesOf);
  return {
    day,
    updates: stories.filter((story) => story.some(({ state }) => state !== 'missed')).length,
    facts: facts.length,
    cells: merged(lines.map(cellOf)),
    latencies: latenciesOf(facts),
    moments: stories.flatMap(bundleStories).flatMap(momentOf),
    duels: duelsOf(lines),
    tokens: tokensIn(facts),
  };
}

/** Final: nothing of the day is open, so that no later fact can change it. */
export const isFinal = ({ cells }: DaySum): boolean =>
  cells.every(({ result }) => result !== 'open' && result !== 'unknown');

/** The days' latencies as one. */
export function mergedLatencies(days: readonly DaySum[]): StageLatencies {
  const merge = (stage: Stage) => mergeHistograms(days.map(({ latencies }) => latencies[stage] ?? {}));
  return Object.fromEntries(TIMED.map((stage) => [stage, merge(stage)]));
}

/** What ends after the event is received. */
export const TIMED: readonly Stage[] = STAGES.filter((stage) => stage !== 'received');

const momentOf = ({ updateAtSeconds, outcome }: BundleStory): readonly Moment[] =>
  outcome && 'netProfitWei' in outcome
    ? [{ atSeconds: updateAtSeconds, netProfitWei: outcome.netProfitWei }]
    : [];

/** Bundle against bundle: what we offered for all our borrowers, beside what each rival paid for theirs. */
function duelsOf(lines: readonly Line[]): readonly Duel[] {
  const bundles = Map.groupBy(lines, ({ ownTransactionHash }) => ownTransactionHash);
  bundles.delete(undefined);
  return [...bundles.values()].flatMap((bundle) => {
    const offeredWei = bundle.reduce((sum, { offeredBidWei = 0n }) => sum + offeredBidWei, 0n);
    const rivals = new Map(bundle.flatMap(({ rival }) => (rival ? [[rival.transactionHash, rival]] : [])));
    return [...rivals.values()].flatMap(({ paymentWei: rivalPaidWei }) => {
      const [first] = bundle;
      if (first === undefined || rivalPaidWei === undefined) return [];
      return { atSeconds: first.updateAtSeconds, updateId: first.updateId, offeredWei, rivalPaidWei };
    });
  });
}

function latenciesOf(facts: readonly Fact[]): StageLatencies {
  const sent = facts.filter((fact) => fact.state === 'sent').map(({ stagesMs }) => stagesMs);
  const durations = (stage: Stage) =>
    sent.flatMap(({ received, [stage]: ended }) =>
      received === undefined || ended === undefined ? [] : ended - received,
    );
  return Object.fromEntries(TIMED.map((stage) => [stage, histogramOf(durations(stage))]));
}

export function tokensIn(facts: readonly Fact[]): readonly TokenName[] {
  const named = facts.flatMap((fact) => (fact.state === 'planned' ? (fact.tokens ?? []) : []));
  return [...new Map(named.map((token) => [token.address, token])).values()];
}
