import { isoSeconds } from '../lib/ledger/key.ts';
import type { LineResult } from '../lib/ledger/line.ts';
import type { Report } from '../lib/ledger/report.ts';
import { renderCsv } from './csv.ts';

const RESULTS: readonly LineResult[] = [
  ...(['won', 'failed', 'lost', 'reverted', 'expired'] as const),
  ...(['withdrawn', 'open', 'skipped', 'undecided'] as const),
];
const AMOUNTS = [
  ...(['grossProfitWei', 'bidWei', 'gasCostWei', 'netProfitWei'] as const),
  ...(['expectedProfitWei', 'missedProfitWei'] as const),
];

/** One row a group, of every grouping; amounts in wei. */
export function reportCsv({ groups }: Report): string {
  const rows = Object.entries(groups).flatMap(([grouping, members]) =>
    members.map(({ key, tally, lines }) => [
      ...[grouping, key, firstTime(lines)],
      ...RESULTS.map((result) => `${tally.results[result] ?? 0}`),
      ...AMOUNTS.map((name) => `${tally[name]}`),
    ]),
  );
  return renderCsv(['groupedBy', 'group', 'firstUpdateAt', ...RESULTS, ...AMOUNTS], rows);
}

const firstTime = ([first]: readonly { readonly updateAtSeconds: number }[]): string =>
  first === undefined ? '' : isoSeconds(first.updateAtSeconds);
