import type { LiquidationPlan, OracleUpdate } from '../domain.ts';
import type { Address, Hex } from '../hex.ts';
import { BPS, max, min } from '../math/fixed-point.ts';
import type { Batch } from './batch.ts';
import { type BidContext, type BidRecord, fitBidCurve, SHARES } from './bid-curve.ts';

/** How much of what gas leaves goes to the builder. */
export type BidPolicy =
  | { readonly kind: 'fixed' }
  /** Another share where there is little to win: fewer compete for it. */
  | { readonly kind: 'floorForSmall'; readonly smallBelowWei: bigint; readonly smallShareBps: bigint }
  /** What has paid best by our own records. */
  | { readonly kind: 'fitted'; readonly maxShareBps: bigint; readonly explorationBps: bigint };

export interface BidTerms {
  /** The fixed share, and what a fit starts from. */
  readonly bidBps: bigint;
  readonly minProfitWei: bigint;
  readonly bid: BidPolicy;
}

/** The most that a policy may ever offer: what signing is held to. */
export function highestBidBps({ bidBps, bid }: Pick<BidTerms, 'bidBps' | 'bid'>): bigint {
  if (bid.kind === 'fixed') return bidBps;
  return max(bidBps, bid.kind === 'fitted' ? bid.maxShareBps : bid.smallShareBps);
}

/**
 * The share to offer for this value, rounded down to what leaves the profit asked for.
 * @param seed decides what to explore: the update's id, so that a decision can be repeated
 */
export function bidBpsFor(
  context: BidContext,
  terms: BidTerms,
  records: readonly BidRecord[],
  seed: Hex,
): bigint {
  const { valueWei } = context;
  const affordable =
    valueWei <= 0n ? terms.bidBps : ((valueWei - max(0n, terms.minProfitWei)) * BPS) / valueWei;
  return max(0n, min(wantedBps(context, terms, records, seed), affordable));
}

function wantedBps(
  context: BidContext,
  { bidBps, bid }: BidTerms,
  records: readonly BidRecord[],
  seed: Hex,
): bigint {
  switch (bid.kind) {
    case 'fixed':
      return bidBps;
    case 'floorForSmall':
      return context.valueWei < bid.smallBelowWei ? bid.smallShareBps : bidBps;
    case 'fitted':
      return BigInt(fittedBps(context, bid, records, seed));
  }
}

/** The share that earns most on average, or, now and then, one nearby that promises hardly less. */
function fittedBps(
  context: BidContext,
  { maxShareBps, explorationBps }: Extract<BidPolicy, { kind: 'fitted' }>,
  records: readonly BidRecord[],
  seed: Hex,
): number {
  const { chances, observed } = fitBidCurve(records, context);
  const open = SHARES.flatMap((share, at) =>
    BigInt(share) <= maxShareBps ? [{ share, expected: (1 - share / 10_000) * (chances[at] ?? 0) }] : [],
  );
  const best = open.reduce(
    (most, one) => (one.expected > most.expected ? one : most),
    open[0] ?? { share: 0, expected: 0 },
  );
  const [dice, pick] = [fractionOf(seed, 2), fractionOf(seed, 10)];
  if (dice >= explorationChance(explorationBps, observed)) return best.share;
  const close = open.filter(({ expected }) => expected >= best.expected * LEAST_PROMISE);
  return close[Math.floor(pick * close.length)]?.share ?? best.share;
}

/** An experiment may give up this much of what the best share promises, and no more. */
const LEAST_PROMISE = 0.8;

/** Falls with what is known: from the bound down as one over the square root of the records. */
const explorationChance = (boundBps: bigint, observed: number): number =>
  Number(boundBps) / 10_000 / Math.sqrt(1 + observed / 10);

/** In [0, 1), from 32 bits of a hash. */
const fractionOf = (seed: Hex, from: number): number =>
  Number.parseInt(seed.slice(from, from + 8), 16) / 2 ** 32;

/** The plans with the share that this policy offers for all of them, and the policy with that share in force. */
export function bidOn<P extends BidTerms>(
  update: OracleUpdate,
  batches: readonly Batch[],
  feeds: ReadonlyMap<Address, { readonly description: string }>,
  policy: P,
  records: readonly BidRecord[],
): { readonly batches: readonly Batch[]; readonly policy: P } {
  const context = {
    feed: feeds.get(update.aggregator)?.description ?? update.aggregator,
    valueWei: afterGas(batches.flat()),
    hour: Math.floor(update.observedAtSeconds / 3_600) % 24,
  };
  const bidBps = bidBpsFor(context, policy, records, update.id);
  return { batches: batches.map((batch) => withBid(batch, bidBps)), policy: { ...policy, bidBps } };
}

/** What gas leaves of all plans' gross profit. */
const afterGas = (plans: Batch): bigint =>
  plans.reduce((sum, { grossProfitWei, gasCostWei }) => sum + max(0n, grossProfitWei - gasCostWei), 0n);

/** The same plans with this share as their bid. */
const withBid = (plans: Batch, bidBps: bigint): Batch =>
  plans.map((plan) => pricedAt(plan, plan.gasCostWei, bidBps));

/** The plan where its gas costs this much, by the executor's own arithmetic. */
export function pricedAt<P extends LiquidationPlan>(plan: P, gasCostWei: bigint, bidBps: bigint): P {
  const { grossProfitWei } = plan;
  const bidWei = (max(0n, grossProfitWei - gasCostWei) * bidBps) / BPS;
  return { ...plan, gasCostWei, bidWei, profitWei: grossProfitWei - gasCostWei - bidWei };
}
