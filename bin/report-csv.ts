import { formatEther, formatUnits } from 'ethers';
import { AMOUNTS } from '../lib/ledger/amounts.ts';
import { groupName } from '../lib/ledger/group-name.ts';
import { RESULTS } from '../lib/ledger/line.ts';
import { GROUPINGS, type Report } from '../lib/ledger/report.ts';
import { type Tally, winRate } from '../lib/ledger/tally.ts';
import { exactCell, renderCsv } from './csv.ts';

/**
 * One row a group, of every grouping. Amounts of ether twice: exact as text, and as a number to calculate with; dollars
 * are those of their own time.
 */
export function reportCsv({ groups, tokens }: Report): string {
  const rows = GROUPINGS.flatMap((grouping) =>
    (groups[grouping] ?? []).map(({ key, tally }) => [
      ...[grouping, key, groupName(grouping, key, tokens)],
      ...RESULTS.map((result) => `${tally.results[result] ?? 0}`),
      winRate(tally)?.toFixed(4) ?? '',
      ...AMOUNTS.map((name) => exactCell('ETH', formatEther(tally[name]))),
      ...AMOUNTS.map((name) => formatEther(tally[name])),
      ...dollars(tally),
    ]),
  );
  return renderCsv(HEADER, rows);
}

const HEADER = [
  ...['groupedBy', 'group', 'name', ...RESULTS, 'winRate'],
  ...AMOUNTS.map((name) => name.replace(/Wei$/, '')),
  ...AMOUNTS.map((name) => name.replace(/Wei$/, 'Eth')),
  ...['grossProfitUsd', 'bidUsd', 'gasCostUsd', 'netProfitUsd', 'missedProfitUsd', 'linesWithoutUsd'],
];

const dollars = ({ usd, unpriced }: Tally): readonly string[] => [
  ...[usd.grossProfitUsd26, usd.bidUsd26, usd.gasCostUsd26, usd.netProfitUsd26, usd.missedProfitUsd26].map(
    (amount) => formatUnits(amount, 26),
  ),
  `${unpriced}`,
];
