import type { SkipReason } from '../decision.ts';
import type { Submission } from '../domain.ts';
import type { BundleStory } from './bundle-story.ts';
import type { BlockBuilder, MissReason, Rival } from './outcome.ts';

export interface Miss {
  readonly reason: MissReason;
  /** Ours, for the whole bundle. */
  readonly offeredWei: bigint;
  /** What they paid beyond it; where the payment is known and was higher. */
  readonly lostByWei?: bigint;
}

/** Whether whoever built the block had ours, as far as we know: builders are known by the names of their relays. */
function stoodWith(submissions: readonly Submission[], builder: BlockBuilder | undefined): boolean {
  const theirs = submissions.filter(({ relay }) => relay === builder?.name);
  return (theirs.length > 0 ? theirs : submissions).some(({ accepted }) => accepted);
}

/** Of one borrower that a rival took from this bundle. */
export function missOf(
  { planned, sent, outcome }: BundleStory,
  lost: Pick<Rival, 'block' | 'paymentWei'>,
): Miss {
  const offeredWei = planned?.plans.reduce((sum, { bidWei }) => sum + bidWei, 0n) ?? 0n;
  const { paymentWei } = lost;
  if (planned && lost.block <= planned.headBlock) return { reason: 'late', offeredWei };
  if (outcome?.state === 'reverted') return { reason: 'reverted', offeredWei };
  if (sent === undefined) return { reason: 'simulationFalseNegative', offeredWei };
  if (!stoodWith(sent.submissions, outcome?.builder)) return { reason: 'builderDidNotWin', offeredWei };
  if (paymentWei === undefined) return { reason: 'paymentUnknown', offeredWei };
  if (paymentWei <= offeredWei) return { reason: 'builderDidNotWin', offeredWei };
  return { reason: 'outbid', offeredWei, lostByWei: paymentWei - offeredWei };
}

/** What a decision not to bid comes to where somebody else has the borrower. */
export const MISS_OF_SKIP: Readonly<Record<SkipReason, MissReason>> = {
  ...{ opensNothing: 'wrongHealth', refusedByProtocol: 'wrongHealth', quarantined: 'wrongHealth' },
  ...{ noRoute: 'unprofitable', unprofitable: 'unprofitable' },
  ...{ refusedByPolicy: 'riskLimit', noRoom: 'riskLimit', paused: 'riskLimit', dryRun: 'riskLimit' },
  ...{ simulationReverted: 'simulationFalseNegative', tooLate: 'late', racedTogether: 'late' },
  ...{ takenBack: 'wrongHealth', forgedReport: 'wrongHealth' },
};
