import { formatEther } from 'ethers';
import type { TimeRange } from '../lib/adapters/store.ts';
import { isoSeconds } from '../lib/ledger/key.ts';
import type { Group, Report, Tally } from '../lib/ledger/report.ts';
import { type Column, renderTable } from './table.ts';

/** A report as a person reads it: amounts in ETH, exact. */
export function reportText({ updates, total, groups }: Report, range: TimeRange): string {
  const period = `${isoSeconds(range.fromSeconds)} until ${isoSeconds(range.toSeconds)}`;
  if (updates === 0)
    return `No decision about an oracle update from ${period}: look further back with --since.`;
  const tables = Object.entries(groups).map(([grouping, members]) => groupTable(grouping, members));
  return [`Decisions about oracle updates from ${period}`, summary(updates, total), ...tables].join('\n\n');
}

function summary(updates: number, total: Tally): string {
  const rows = [
    ['updates', `${updates}`],
    ['decisions', counts(total.results)],
    ['skipped', counts(total.skipped)],
    ['gross profit', `${formatEther(total.grossProfitWei)} ETH, flash fees repaid`],
    ['bid', `${formatEther(total.bidWei)} ETH`],
    ['gas', `${formatEther(total.gasCostWei)} ETH, of failures too`],
    [
      'net profit',
      `${formatEther(total.netProfitWei)} ETH, expected ${formatEther(total.expectedProfitWei)}`,
    ],
    ['missed', `${formatEther(total.missedProfitWei)} ETH, by the plans of what was sent and not won`],
    ...Object.entries(total.flashFees).map(([asset, fee]) => ['flash fees', `${fee} units of ${asset}`]),
  ];
  return rows.map(([name = '', value = '']) => name.padEnd(14) + value).join('\n');
}

const counts = (named: Readonly<Record<string, number>>): string =>
  Object.entries(named)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ') || 'none';

const AMOUNTS: readonly Column[] = [
  ...['won', 'lost', 'other', 'skipped'],
  ...['gross ETH', 'bid ETH', 'gas ETH', 'net ETH', 'missed ETH'],
].map((title) => ({ title, align: 'point' }));

function groupTable(grouping: string, groups: readonly Group[]): string {
  if (grouping === 'update') return updateTable(groups);
  const columns: readonly Column[] = [...AMOUNTS, { title: grouping, align: 'left' }];
  return renderTable(
    columns,
    groups.map(({ key, tally }) => [...amounts(tally), key]),
  );
}

/** Most updates open nothing; they are counted, not listed. */
function updateTable(groups: readonly Group[]): string {
  const told = groups.filter(({ tally, lines }) => tally.skipped.opensNothing !== lines.length);
  const columns = ['time', 'feed'].map((title): Column => ({ title, align: 'left' }));
  const table = renderTable(
    [...columns, ...AMOUNTS, { title: 'update', align: 'left' }],
    told.map(({ key, tally, lines }) => [...origin(lines[0]), ...amounts(tally), key]),
  );
  const quiet = groups.length - told.length;
  return quiet === 0 ? table : `${table}\n${quiet} more opened nothing`;
}

const origin = (line: Group['lines'][number] | undefined): readonly string[] => [
  line === undefined ? '' : isoSeconds(line.updateAtSeconds),
  line?.feed ?? '',
];

function amounts(tally: Tally): readonly string[] {
  const { won = 0, lost = 0, skipped = 0, ...others } = tally.results;
  const other = Object.values(others).reduce((sum, count) => sum + count, 0);
  const { grossProfitWei, bidWei, gasCostWei, netProfitWei, missedProfitWei } = tally;
  const wei = [grossProfitWei, bidWei, gasCostWei, netProfitWei, missedProfitWei];
  return [...[won, lost, other, skipped].map(String), ...wei.map(formatEther)];
}
