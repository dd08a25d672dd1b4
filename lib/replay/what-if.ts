import type { Fact } from '../ledger/fact.ts';
import { linesOf } from '../ledger/lines.ts';
import { storiesOf } from '../ledger/stories.ts';
import { type Change, type ChangeKind, replayStory, type Settings } from './replay-story.ts';

/** What each assumption is about is the name of a count or of a kind of change. */
export const ASSUMPTIONS: readonly string[] = [
  'kept: whoever paid the builder as much as before, or more, wins again; each builder bids as its contract says, from what was really earned',
  'atRisk: a win for which we would have paid less may have been lost; nobody recorded who came second, so profit is given with all of these kept and with none',
  'gained: a loss is won where our new payment exceeds what the recorded rivals paid; it earns what its plan promised',
  'dropped: what the new floor or gas ceiling forbids is not sent, and its gas is saved; what stays pays a share of the gas by what it was expected to use',
  'newlySent: what was skipped as unprofitable and now passes may win or not: profit is given with all of these won and with none',
  'Sizes, routes and lenders stay: a bid is a share of what gas leaves, so that another share has the same best plan. What had no route, expired, reverted, was paused or was withdrawn stays so',
];

export interface WhatIf {
  /** Stories of before policies were recorded: they are left out of every sum. */
  readonly unreplayable: number;
  /** Borrowers. */
  readonly counts: Readonly<Record<ChangeKind, number>>;
  readonly winsThen: number;
  readonly profitThenWei: bigint;
  readonly atBestWei: bigint;
  readonly atWorstWei: bigint;
  readonly changes: readonly Change[];
}

/** The stored decisions once more, through the race's own profit, bid and gas arithmetic. @param facts in any order */
export function whatIf(facts: readonly Fact[], settings: Settings): WhatIf {
  const stories = storiesOf(facts);
  const replayed = stories.map((story) => replayStory(story, settings));
  const changes = replayed.flatMap((one) => one ?? []);
  const counts = { kept: 0, atRisk: 0, gained: 0, dropped: 0, newlySent: 0, same: 0 };
  for (const { kind } of changes) counts[kind] += 1;
  const sum = (of: (change: Change) => bigint) => changes.reduce((total, change) => total + of(change), 0n);
  return {
    unreplayable: replayed.filter((one) => one === undefined).length,
    counts,
    winsThen: stories.flatMap(linesOf).filter(({ result }) => result === 'won').length,
    profitThenWei: sum(({ profitThenWei }) => profitThenWei),
    atBestWei: sum(({ atBestWei }) => atBestWei),
    atWorstWei: sum(({ atWorstWei }) => atWorstWei),
    changes,
  };
}
