import type { BidRecord } from '../bundle/bid-curve.ts';
import { type BundleStory, bundleStories } from '../ledger/bundle-story.ts';
import type { Fact, PlannedLiquidation } from '../ledger/fact.ts';
import { BPS, max } from '../math/fixed-point.ts';

/** Every bundle of these facts that was included or outbid, as the bid that it made. */
export function bidRecordsOf(facts: readonly Fact[]): readonly BidRecord[] {
  const byUpdate = Map.groupBy(facts, ({ updateId }) => updateId);
  return [...byUpdate.values()].flatMap((story) => {
    const claimed = story.find((fact) => fact.state === 'claimed');
    if (claimed === undefined) return [];
    const hour = new Date(claimed.updateAtSeconds * 1000).getUTCHours();
    return [...bundlesOf(story).values()].flatMap((transactions): BidRecord[] => {
      const [valueWei, bidWei] = offered(transactions.flatMap(({ planned }) => planned?.plans ?? []));
      if (valueWei === 0n) return [];
      const included = transactions.some(({ outcome }) => outcome?.state === 'included');
      return [{ feed: claimed.feed, hour, valueWei, shareBps: Number((bidWei * BPS) / valueWei), included }];
    });
  });
}

/** The transactions of each bundle that beat others, or was beaten: they won or lost together. */
function bundlesOf(story: readonly Fact[]): ReadonlyMap<string | undefined, readonly BundleStory[]> {
  const decided = bundleStories(story).filter(
    // What expired was taken by nobody, and what reverted was no matter of bids.
    ({ sent, outcome }) => sent && (outcome?.state === 'included' || outcome?.state === 'lost'),
  );
  return Map.groupBy(decided, ({ planned }) => planned?.replacementUuid);
}

const offered = (plans: readonly PlannedLiquidation[]): readonly [valueWei: bigint, bidWei: bigint] => [
  plans.reduce((sum, { grossProfitWei, gasCostWei }) => sum + max(0n, grossProfitWei - gasCostWei), 0n),
  plans.reduce((sum, { bidWei }) => sum + bidWei, 0n),
];
