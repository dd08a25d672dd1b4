import { type Cell, cellOf, merged } from './cell.ts';
import { type DaySum, tokensIn } from './day-sum.ts';
import type { Fact, TokenName } from './fact.ts';
import type { Line } from './line.ts';
import { linesOf } from './lines.ts';
import { storiesOf } from './stories.ts';
import { type Tally, tallyOf } from './tally.ts';

/** What a period came to, from its facts alone. */
export interface Report {
  /** Updates that somebody of us claimed. */
  readonly updates: number;
  readonly total: Tally;
  /** Empty where the report is made of day sums. */
  readonly lines: readonly Line[];
  readonly groups: Readonly<Partial<Record<Grouping, readonly Group[]>>>;
  /** What tokens called themselves. */
  readonly tokens: readonly TokenName[];
}

export interface Group {
  readonly key: string;
  readonly tally: Tally;
  /** Empty where the report is made of day sums. */
  readonly lines: readonly Line[];
}

/** What cells, and so days, can be summed by. A cell without the property is in the group `none`. */
const CELL_KEYS = {
  day: ({ day }: Cell) => day,
  protocol: ({ protocol }: Cell) => protocol,
  feed: ({ feed }: Cell) => feed,
  pair: ({ collateralAsset, debtAsset }: Cell) =>
    collateralAsset && debtAsset && `${collateralAsset}/${debtAsset}`,
  builder: ({ builder }: Cell) => builder,
  trigger: ({ trigger }: Cell) => trigger,
  outcome: ({ result }: Cell) => result,
  reason: ({ reason, result }: Cell) => reason ?? (result === 'won' ? undefined : result),
  miss: ({ miss }: Cell) => miss,
  funding: ({ funding }: Cell) => funding,
  chain: ({ chainId }: Cell) => `${chainId}`,
};

/** What only lines can be summed by. */
const LINE_KEYS = {
  update: ({ updateId }: Line) => updateId,
  borrower: ({ protocol, borrower }: Line) => borrower && `${protocol} ${borrower}`,
};

export type DayGrouping = keyof typeof CELL_KEYS;
export type Grouping = DayGrouping | keyof typeof LINE_KEYS;
export const DAY_GROUPINGS: readonly DayGrouping[] = [
  ...(['day', 'protocol', 'feed', 'pair', 'builder', 'trigger'] as const),
  ...(['outcome', 'reason', 'miss', 'funding', 'chain'] as const),
];
export const GROUPINGS: readonly Grouping[] = ['update', 'borrower', ...DAY_GROUPINGS];

export const isDayGrouping = (grouping: Grouping): grouping is DayGrouping => grouping in CELL_KEYS;

/** @param facts in any order. Groups come in the order of their first update. */
export function reportOf(facts: readonly Fact[], groupings: readonly Grouping[]): Report {
  const stories = storiesOf(facts);
  const lines = stories.flatMap(linesOf);
  const groups = groupings.map((grouping) => [grouping, lineGroups(lines, grouping)] as const);
  const total = tallyOf(lines.map(cellOf));
  const tokens = tokensIn(facts);
  const updates = stories.filter(isUpdate).length;
  return { updates, total, lines, groups: Object.fromEntries(groups), tokens };
}

/** A liquidation that no update explains is a story of its own, and no update. */
const isUpdate = (story: readonly Fact[]): boolean => story.some(({ state }) => state !== 'missed');

/** The same sums from the days' own: no line is needed. */
export function reportOfDays(days: readonly DaySum[], groupings: readonly DayGrouping[]): Report {
  const cells = days.flatMap((day) => day.cells);
  const groups = groupings.map((grouping) => [grouping, cellGroups(cells, grouping)] as const);
  return {
    updates: days.reduce((sum, { updates }) => sum + updates, 0),
    total: tallyOf(merged(cells)),
    lines: [],
    groups: Object.fromEntries(groups),
    tokens: uniqueTokens(days),
  };
}

const uniqueTokens = (days: readonly DaySum[]): readonly TokenName[] => [
  ...new Map(days.flatMap(({ tokens }) => tokens.map((token) => [token.address, token]))).values(),
];

function lineGroups(lines: readonly Line[], grouping: Grouping): readonly Group[] {
  const keyed = Map.groupBy(lines, (line) => lineKey(line, grouping) ?? 'none');
  return [...keyed].map(([key, members]) => ({
    key,
    tally: tallyOf(members.map(cellOf)),
    lines: members,
  }));
}

const lineKey = (line: Line, grouping: Grouping): string | undefined =>
  isDayGrouping(grouping) ? CELL_KEYS[grouping](cellOf(line)) : LINE_KEYS[grouping](line);

function cellGroups(cells: readonly Cell[], grouping: DayGrouping): readonly Group[] {
  const keyed = Map.groupBy(cells, (cell) => CELL_KEYS[grouping](cell) ?? 'none');
  return [...keyed].map(([key, members]) => ({ key, tally: tallyOf(members), lines: [] }));
}
