import { formatEther, formatUnits } from 'ethers';
import { groupName, symbolOf, tokenAmount } from '../lib/ledger/group-name.ts';
import { isoSeconds } from '../lib/ledger/key.ts';
import type { TimeRange } from '../lib/ledger/ledger.ts';
import { GROUPINGS, type Group, type Grouping, type Report } from '../lib/ledger/report.ts';
import { type Tally, winRate } from '../lib/ledger/tally.ts';
import { type Column, renderTable } from './table.ts';

/** A report as a person reads it: ether exact, dollars to the cent. */
export function reportText(report: Report, range: TimeRange): string {
  const period = `${isoSeconds(range.fromSeconds)} until ${isoSeconds(range.toSeconds)}`;
  if (report.updates === 0)
    return `No decision about an oracle update from ${period}: look further back with --since.`;
  const tables = GROUPINGS.flatMap((grouping) => {
    const groups = report.groups[grouping];
    return groups === undefined ? [] : groupTable(grouping, groups, report);
  });
  return [`Decisions about oracle updates from ${period}`, summary(report), ...tables].join('\n\n');
}

function summary({ updates, total, tokens }: Report): string {
  const { usd, unpriced } = total;
  const rows = [
    ['updates', `${updates}`],
    ['decisions', counts(total.results)],
    ['skipped', counts(total.skipped)],
    ['win rate', percent(winRate(total))],
    ['gross profit', `${money(total.grossProfitWei, usd.grossProfitUsd26)}, after what follows`],
    ['  flash fees', `${formatEther(total.flashFeeWei)} ETH${flashFees(total, tokens)}`],
    ['  protocol', `${formatEther(total.protocolFeeWei)} ETH of liquidation fees`],
    ['  impact', `${formatEther(total.priceImpactWei)} ETH by moving prices`],
    ['bid', money(total.bidWei, usd.bidUsd26)],
    ['gas', `${money(total.gasCostWei, usd.gasCostUsd26)}, of failures too`],
    ['net profit', money(total.netProfitWei, usd.netProfitUsd26)],
    [
      'expected',
      `${formatEther(total.expectedProfitWei)} ETH of what was won, which brought ${formatEther(total.realisedProfitWei)}`,
    ],
    [
      'simulated',
      `the builder gains ${formatEther(total.simulatedPaymentWei)} ETH by what was included, oracle's tips too`,
    ],
    ['missed', `${money(total.missedProfitWei, usd.missedProfitUsd26)} by the plans${missed(total)}`],
    ...(unpriced === 0 ? [] : [['', `${unpriced} amounts without a dollar price are in ETH sums only`]]),
  ];
  return rows.map(([name = '', value = '']) => name.padEnd(14) + value).join('\n');
}

const money = (wei: bigint, usd26: bigint): string => `${formatEther(wei)} ETH (${dollars(usd26)} USD)`;

/** To the cent, rounded towards zero. */
const dollars = (usd26: bigint): string => {
  const [whole = '', cents = ''] = formatUnits(usd26, 26).split('.');
  return `${whole}.${cents.padEnd(2, '0').slice(0, 2)}`;
};

const percent = (share: number | undefined): string =>
  share === undefined ? 'none sent' : `${(share * 100).toFixed(1)} %`;

const counts = (named: Readonly<Record<string, number>>): string =>
  Object.entries(named)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ') || 'none';

const missed = ({ missedWei }: Tally): string =>
  Object.entries(missedWei)
    .map(([reason, wei]) => `, ${formatEther(wei)} ${reason}`)
    .join('');

const flashFees = ({ flashFees: fees }: Tally, tokens: Report['tokens']): string =>
  Object.entries(fees)
    .map(([asset, fee]) => `, ${tokenAmount(fee, asset, tokens)} ${symbolOf(asset, tokens)}`)
    .join('');

const AMOUNT_COLUMNS: readonly Column[] = [
  ...['won', 'lost', 'other', 'skipped', 'win %'],
  ...['gross ETH', 'bid ETH', 'gas ETH', 'net ETH', 'net USD', 'missed ETH'],
].map((title) => ({ title, align: 'point' }));

function groupTable(grouping: Grouping, groups: readonly Group[], { tokens }: Report): string {
  if (grouping === 'update') return updateTable(groups);
  const columns: readonly Column[] = [...AMOUNT_COLUMNS, { title: grouping, align: 'left' }];
  return renderTable(
    columns,
    groups.map(({ key, tally }) => [...amounts(tally), groupName(grouping, key, tokens)]),
  );
}

/** Most updates open nothing; they are counted, not listed. */
function updateTable(groups: readonly Group[]): string {
  const told = groups.filter(({ tally, lines }) => tally.skipped.opensNothing !== lines.length);
  const columns = ['time', 'feed'].map((title): Column => ({ title, align: 'left' }));
  const table = renderTable(
    [...columns, ...AMOUNT_COLUMNS, { title: 'update', align: 'left' }],
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
  const rate = winRate(tally);
  return [
    ...[won, lost, other, skipped].map(String),
    rate === undefined ? '' : (rate * 100).toFixed(1),
    ...[grossProfitWei, bidWei, gasCostWei, netProfitWei].map(formatEther),
    dollars(tally.usd.netProfitUsd26),
    formatEther(missedProfitWei),
  ];
}
