import type { Fact } from './fact.ts';

/** The facts of each update, in the order of the updates and of what happened to them. @param facts in any order */
export function storiesOf(facts: readonly Fact[]): readonly (readonly Fact[])[] {
  const stories = [...Map.groupBy(facts, ({ updateId }) => updateId).values()];
  return stories
    .map((story) => story.toSorted((a, b) => RANKS[a.state] - RANKS[b.state]))
    .sort(([a], [b]) => (a === undefined || b === undefined ? 0 : byTime(a, b)));
}

/** As the ledger's keys have them. */
const RANKS: Readonly<Record<Fact['state'], number>> = {
  ...{ claimed: 0, skipped: 1, planned: 2, simulated: 3, sent: 4, unknown: 5 },
  ...{ included: 6, reverted: 6, lost: 6, expired: 6, undone: 7, settled: 8, missed: 9 },
};

function byTime(a: Fact, b: Fact): number {
  if (a.updateAtSeconds !== b.updateAtSeconds) return a.updateAtSeconds - b.updateAtSeconds;
  if (a.updateId === b.updateId) return 0;
  return a.updateId < b.updateId ? -1 : 1;
}
