import type { Address, SkipReason } from '../domain.ts';
import type { Fact } from './fact.ts';
import { isoSeconds, keyOf } from './key.ts';
import { type Amounts, type Line, type LineResult, linesOf, NO_AMOUNTS } from './line.ts';

/** What a period came to, from its facts alone. */
export interface Report {
  /** Updates that somebody of us claimed. */
  readonly updates: number;
  readonly total: Tally;
  readonly lines: readonly Line[];
  readonly groups: Readonly<Partial<Record<Grouping, readonly Group[]>>>;
}

/** A sum of lines. */
export interface Tally extends Amounts {
  readonly results: Readonly<Partial<Record<LineResult, number>>>;
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
  /** Paid to lenders, by debt asset and in its raw units. */
  readonly flashFees: Readonly<Record<Address, bigint>>;
}

export interface Group {
  readonly key: string;
  readonly tally: Tally;
  readonly lines: readonly Line[];
}

/** What lines can be summed by. A line without the property is in the group `none`. */
const GROUP_KEYS = {
  update: ({ updateId }: Line) => updateId,
  borrower: ({ protocol, borrower }: Line) => borrower && `${protocol} ${borrower}`,
  protocol: ({ protocol }: Line) => protocol,
  feed: ({ feed }: Line) => feed,
  day: ({ updateAtSeconds }: Line) => isoSeconds(updateAtSeconds).slice(0, 10),
  funding: ({ funding }: Line) => funding,
  chain: ({ chainId }: Line) => `${chainId}`,
};

export type Grouping = keyof typeof GROUP_KEYS;
export const GROUPINGS: readonly Grouping[] = [
  'update',
  'borrower',
  'protocol',
  'feed',
  'day',
  'funding',
  'chain',
];

/** @param facts in any order. Groups come in the order of their first update. */
export function reportOf(facts: readonly Fact[], groupings: readonly Grouping[]): Report {
  const stories = [...groupedBy(inOrder(facts), ({ updateId }) => updateId).values()];
  const lines = stories.flatMap(linesOf);
  const groups = groupings.map((grouping) => [grouping, groupsOf(lines, grouping)] as const);
  return { updates: stories.length, total: tallyOf(lines), lines, groups: Object.fromEntries(groups) };
}

function groupsOf(lines: readonly Line[], grouping: Grouping): readonly Group[] {
  const keyed = groupedBy(lines, (line) => GROUP_KEYS[grouping](line) ?? 'none');
  return [...keyed].map(([key, members]) => ({ key, tally: tallyOf(members), lines: members }));
}

function tallyOf(lines: readonly Line[]): Tally {
  return {
    ...lines.map(({ amounts }) => amounts).reduce(plus, NO_AMOUNTS),
    results: counted(lines.map(({ result }) => result)),
    skipped: counted(lines.flatMap(({ reason }) => reason ?? [])),
    flashFees: flashFeesOf(lines),
  };
}

const plus = (a: Amounts, b: Amounts): Amounts => ({
  grossProfitWei: a.grossProfitWei + b.grossProfitWei,
  bidWei: a.bidWei + b.bidWei,
  gasCostWei: a.gasCostWei + b.gasCostWei,
  netProfitWei: a.netProfitWei + b.netProfitWei,
  expectedProfitWei: a.expectedProfitWei + b.expectedProfitWei,
  missedProfitWei: a.missedProfitWei + b.missedProfitWei,
});

function counted<K extends string>(names: readonly K[]): Partial<Record<K, number>> {
  const counts: Partial<Record<K, number>> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function flashFeesOf(lines: readonly Line[]): Record<Address, bigint> {
  const fees: Record<Address, bigint> = {};
  for (const { flashFee } of lines) {
    if (flashFee) fees[flashFee.asset] = (fees[flashFee.asset] ?? 0n) + flashFee.amount;
  }
  return fees;
}

function groupedBy<T>(
  values: readonly T[],
  keyOfValue: (value: T) => string,
): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const group = groups.get(keyOfValue(value));
    if (group) group.push(value);
    else groups.set(keyOfValue(value), [value]);
  }
  return groups;
}

/** By time, update and state, as the index byDay has them. */
function inOrder(facts: readonly Fact[]): readonly Fact[] {
  const keyed = facts.map((fact) => ({ fact, at: keyOf(fact).at }));
  return keyed.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)).map(({ fact }) => fact);
}
