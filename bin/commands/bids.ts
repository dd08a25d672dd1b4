import { id } from 'ethers';
import { type BidPolicy, bidBpsFor } from '../../lib/bundle/bid.ts';
import {
  type BidContext,
  type BidRecord,
  fitBidCurve,
  SHARES,
  sizeClass,
} from '../../lib/bundle/bid-curve.ts';
import type { Fact } from '../../lib/ledger/fact.ts';
import { bidRecordsOf } from '../../lib/racing/bid-records.ts';
import { type Command, parseOptions } from '../command.ts';
import {
  LEDGER_OPTIONS,
  LEDGER_USAGE,
  openLedger,
  RANGE_OPTIONS,
  RANGE_USAGE,
  timeRange,
} from '../ledger-options.ts';
import { type Column, renderTable } from '../table.ts';

const USAGE = `[options]

What our bids came to: for each feed and size, the chance of inclusion against the share offered, fitted to the
ledger's records, and what each policy would have earned on them.

${RANGE_USAGE}
${LEDGER_USAGE}`;

export const bids: Command = {
  summary: 'the fitted bid curve, and what each policy would have earned',
  usage: USAGE,
  async run(args, terminal) {
    const values = parseOptions(args, { ...LEDGER_OPTIONS, ...RANGE_OPTIONS });
    const facts: Fact[] = [];
    const range = timeRange(values, terminal.nowMs());
    for await (const page of openLedger(values, terminal).factsByDay(range)) facts.push(...page);
    terminal.print(bidsText(bidRecordsOf(facts)));
  },
};

const SHOWN = [50, 60, 70, 80, 85, 90, 95, 99];
const SIZES = ['below 0.01 ETH', 'below 0.1 ETH', 'below 1 ETH', '1 ETH and more'];

export function bidsText(records: readonly BidRecord[]): string {
  if (records.length === 0)
    return 'No bundle of this time was included or outbid: a fit would start from its prior.';
  const groups = [...Map.groupBy(records, ({ feed, valueWei }) => `${feed}, ${SIZES[sizeClass(valueWei)]}`)];
  const curves = groups.map(([name, [first, ...more]]) =>
    first === undefined ? [name] : [name, String(more.length + 1), ...chancesAt(records, first)],
  );
  return [
    `${records.length} bids, ${records.filter(({ included }) => included).length} included.`,
    '',
    'Chance of inclusion at a share of',
    renderTable([left(''), ...['bids', ...SHOWN.map((share) => `${share} %`)].map(right)], curves),
    '',
    'On these records each policy would have earned, by the curve of all records',
    renderTable(
      [left('policy'), right('ether')],
      POLICIES.map(([name, policy, bps]) => [name, earned(records, policy, bps)]),
    ),
  ].join('\n');
}

const left = (title: string): Column => ({ title, align: 'left' });
const right = (title: string): Column => ({ title, align: 'point' });

function chancesAt(records: readonly BidRecord[], context: BidContext): readonly string[] {
  const { chances } = fitBidCurve(records, context);
  return SHOWN.map((share) => `${Math.round((chances[SHARES.indexOf(share * 100)] ?? 0) * 100)} %`);
}

const FITTED: BidPolicy = { kind: 'fitted', maxShareBps: 9_900n, explorationBps: 0n };
const POLICIES: readonly [name: string, policy: BidPolicy, bidBps: bigint][] = [
  ...[50n, 80n, 95n, 99n].map((share): [string, BidPolicy, bigint] => [
    `fixed ${share} %`,
    { kind: 'fixed' },
    share * 100n,
  ]),
  ['fitted', FITTED, 9_000n],
];

/** What is kept of each value, times the chance that the share wins it. */
function earned(records: readonly BidRecord[], bid: BidPolicy, bidBps: bigint): string {
  const ether = records.reduce((sum, record, at) => {
    const offered = Number(bidBpsFor(record, { bid, bidBps, minProfitWei: 0n }, records, id(`${at}`)));
    const chance =
      fitBidCurve(records, record).chances[Math.min(SHARES.length - 1, Math.round(offered / 100))] ?? 0;
    return sum + chance * (1 - offered / 10_000) * (Number(record.valueWei) / 1e18);
  }, 0);
  return ether.toFixed(4);
}
