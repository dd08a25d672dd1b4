import type { Hex } from '../hex.ts';
import type { Fact, Planned, Sent, Simulated } from './fact.ts';
import type { OutcomeFact, Settled, Unknown } from './outcome.ts';
import type { FactSubject } from './subject.ts';

/** What is known of one bundle. */
export interface BundleStory extends FactSubject {
  readonly ownTransactionHash: Hex;
  readonly planned?: Planned;
  readonly simulated?: Simulated;
  readonly sent?: Sent;
  /** Settlement did not learn its fate; an outcome takes that back. */
  readonly unknown?: Unknown;
  readonly outcome?: OutcomeFact;
  readonly settled?: Settled;
}

/** The bundles of one update, in the order of their first facts. */
export function bundleStories(story: readonly Fact[]): readonly BundleStory[] {
  const bundles = new Map<Hex, BundleStory>();
  for (const fact of story) {
    if (fact.state === 'claimed' || fact.state === 'skipped') continue;
    const { updateId, chainId, updateAtSeconds, ownTransactionHash } = fact;
    const begun = bundles.get(ownTransactionHash);
    const subject = { updateId, chainId, updateAtSeconds, ownTransactionHash };
    bundles.set(ownTransactionHash, { ...subject, ...begun, ...chapter(fact) });
  }
  return [...bundles.values()];
}

/** Never sent, since its simulation reverted. A simulation that was unavailable stops nothing. */
export const isWithdrawn = ({ simulated, sent }: BundleStory): boolean =>
  sent === undefined && simulated?.ok === false && simulated.reason === 'simulationReverted';

function chapter(fact: Planned | Simulated | Sent | Unknown | OutcomeFact | Settled): Partial<BundleStory> {
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
    default:
      return { outcome: fact };
  }
}
