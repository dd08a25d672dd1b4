import { isoSeconds } from '../../lib/ledger/key.ts';
import type { TimeRange } from '../../lib/ledger/ledger.ts';
import { readDays, readFacts } from '../../lib/ledger/read-days.ts';
import { toStored } from '../../lib/ledger/record.ts';
import {
  GROUPINGS,
  type Grouping,
  isDayGrouping,
  type Report,
  reportOf,
  reportOfDays,
} from '../../lib/ledger/report.ts';
import { winRate } from '../../lib/ledger/tally.ts';
import { type Command, parseOptions, UsageError } from '../command.ts';
import {
  LEDGER_OPTIONS,
  LEDGER_USAGE,
  openLedger,
  RANGE_OPTIONS,
  RANGE_USAGE,
  timeRange,
} from '../ledger-options.ts';
import { reportCsv } from '../report-csv.ts';
import { reportText } from '../report-text.ts';

const OPTIONS = {
  ...LEDGER_OPTIONS,
  ...RANGE_OPTIONS,
  json: { type: 'boolean' },
  csv: { type: 'boolean' },
  lines: { type: 'boolean' },
  recount: { type: 'boolean' },
  capacity: { type: 'boolean' },
  'group-by': { type: 'string', multiple: true },
} as const;

const USAGE = `[options]

What was earned and what was missed, to the wei, from the facts in the ledger. Days that are final are
read as their stored sums, which --lines and groups by update or borrower cannot be.

${RANGE_USAGE}
  --group-by <what>     ${GROUPINGS.slice(0, 6).join(', ')},
                        ${GROUPINGS.slice(6).join(', ')}; may be repeated;
                        by default day, pair and reason
  --json                everything, amounts in wei as decimal strings
  --lines               with --json: every single line of the accounts too
  --csv                 one row a group, exact amounts
  --recount             counts final days anew, from their facts
  --capacity            says what reading it cost in DynamoDB's read units; not with --csv
${LEDGER_USAGE}`;

export const report: Command = {
  summary: 'profit, costs and misses of a period',
  usage: USAGE,
  async run(args, terminal) {
    const options = parseOptions(args, OPTIONS);
    const render = renderer(options);
    const groupings = groupingsOf(options['group-by'] ?? (options.csv ? ['day'] : ['day', 'pair', 'reason']));
    const range = timeRange(options, terminal.nowMs());
    const meter: Meter = { queries: 0, readUnits: 0 };
    const ledger = openLedger(
      options,
      terminal,
      options.capacity ? (units) => count(meter, units) : undefined,
    );
    const found = await reportFor(ledger, range, groupings, options);
    terminal.print(render(found, range, options.capacity ? meter : undefined));
  },
};

/** What was read. */
interface Meter {
  queries: number;
  readUnits: number;
}

function count(meter: Meter, units: number): void {
  meter.queries += 1;
  meter.readUnits += units;
}

interface Depth {
  readonly lines?: boolean;
  readonly recount?: boolean;
}

async function reportFor(
  ledger: ReturnType<typeof openLedger>,
  range: TimeRange,
  groupings: readonly Grouping[],
  { lines, recount }: Depth,
): Promise<Report> {
  const ofDays = groupings.filter(isDayGrouping);
  if (lines || ofDays.length < groupings.length) return reportOf(await readFacts(ledger, range), groupings);
  return reportOfDays(await readDays(ledger, range, { recount }), ofDays);
}

type Render = (report: Report, range: TimeRange, meter?: Meter) => string;

interface Form extends Depth {
  readonly json?: boolean;
  readonly csv?: boolean;
  readonly capacity?: boolean;
}

function renderer({ json, csv, lines, capacity }: Form): Render {
  if (csv && capacity) throw new UsageError('--capacity does not go with --csv.');
  if (json && csv) throw new UsageError('Give --json or --csv, not both.');
  if (lines && !json) throw new UsageError('--lines goes with --json.');
  if (json) return reportJson;
  return csv ? reportCsv : reportWords;
}

function reportWords(report: Report, range: TimeRange, meter?: Meter): string {
  const text = reportText(report, range);
  if (meter === undefined) return text;
  return `${text}\n\nReading it took ${meter.readUnits} read units in ${meter.queries} pages.`;
}

function groupingsOf(names: readonly string[]): readonly Grouping[] {
  return names.map((name) => {
    const grouping = GROUPINGS.find((known) => known === name);
    if (grouping) return grouping;
    throw new UsageError(`--group-by ${name} is not one of ${GROUPINGS.join(', ')}.`);
  });
}

function reportJson(
  { updates, total, lines, groups, tokens }: Report,
  { fromSeconds, toSeconds }: TimeRange,
  meter?: Meter,
): string {
  const tallies = Object.entries(groups).map(([grouping, members]) => [
    grouping,
    members.map(({ key, tally }) => ({ key, ...tally, winRate: winRate(tally) })),
  ]);
  const period = { since: isoSeconds(fromSeconds), until: isoSeconds(toSeconds) };
  const sums = { ...total, winRate: winRate(total) };
  const json = {
    ...period,
    updates,
    total: sums,
    groups: Object.fromEntries(tallies),
    tokens,
    ...(meter && { capacity: meter }),
  };
  return JSON.stringify(toStored(lines.length > 0 ? { ...json, lines } : json), null, 2);
}
