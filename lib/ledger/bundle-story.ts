import type { Hex } from '../hex.ts';
import type { Fact, Planned, Sent, Simulated } from './fact.ts';
import type { OutcomeFact, Settled, Undone, Unknown } from './outcome.ts';
import type { FactSubject } from './subject.ts';

/** What is known of one bundle. */
export interface BundleStory extends FactSubject {
  readonly ownTransactionHash: Hex;
  readonly planned?: Planned;
  readonly simulated?: Simulated;
  readonly sent?: Sent;
  /** Settlement did not learn its fate; an outcome takes that back. */
  readonly unknown?: Unknown;
  /** The one that holds. */
  readonly outcome?: OutcomeFact;
  /** The last that a reorganisation took back. */
  readonly undone?: Undone;
  readonly settled?: Settled;
}

/** The bundles of one update, in the order of their first facts. @param story in any order */
export function bundleStories(story: readonly Fact[]): readonly BundleStory[] {
  const bundles = new Map<Hex, BundleStory>();
  for (const fact of story) {
    if (fact.state === 'claimed' || fact.state === 'skipped' || fact.state === 'missed') continue;
    const { updateId, chainId, updateAtSeconds, ownTransactionHash } = fact;
    const begun = bundles.get(ownTransactionHash);
    const subject = { updateId, chainId, updateAtSeconds, ownTransactionHash };
    bundles.set(ownTransactionHash, { ...subject, ...begun, ...chapter(fact, begun) });
  }
  return [...bundles.values()].map(asItHolds);
}

/** Never sent, since its simulation reverted. A simulation that was unavailable stops nothing. */
export const isWithdrawn = ({ simulated, sent }: BundleStory): boolean =>
  sent === undefined && simulated?.ok === false && simulated.reason === 'simulationReverted';

/** Of which revision an outcome is. */
export const revisionOf = ({ revision = 0 }: Pick<OutcomeFact, 'revision'>): number => revision;

/** Without an outcome that was taken back. */
function asItHolds({ outcome, ...story }: BundleStory): BundleStory {
  const holds = outcome && (story.undone === undefined || revisionOf(outcome) > story.undone.revision);
  return holds ? { ...story, outcome } : story;
}

type OfBundle = Exclude<Fact, { readonly state: 'claimed' | 'skipped' | 'missed' }>;

function chapter(fact: OfBundle, begun: BundleStory | undefined): Partial<BundleStory> {
  switch (fact.state) {
    case 'planned':
      return { planned: fact };
    case 'simulated':
      return { simulated: fact };
    case 'sent':
      return { sent: fact };
    case 'unknown':
      return { unknown: fact };
    case 'settled':
      return { settled: fact };
    case 'undone':
      return { undone: begun?.undone && begun.undone.revision > fact.revision ? begun.undone : fact };
    default:
      return {
        outcome: begun?.outcome && revisionOf(begun.outcome) > revisionOf(fact) ? begun.outcome : fact,
      };
  }
}
