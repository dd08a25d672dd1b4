import type { TimeRange } from '../../lib/adapters/store.ts';
import { isoSeconds } from '../../lib/ledger/key.ts';
import { toStored } from '../../lib/ledger/record.ts';
import { GROUPINGS, type Grouping, type Report, reportOf } from '../../lib/ledger/report.ts';
import { type Command, parseOptions, UsageError } from '../command.ts';
import {
  LEDGER_OPTIONS,
  LEDGER_USAGE,
  openLedger,
  RANGE_OPTIONS,
  RANGE_USAGE,
  readFacts,
  timeRange,
} from '../ledger-options.ts';
import { reportCsv } from '../report-csv.ts';
import { reportText } from '../report-text.ts';

const OPTIONS = {
  ...LEDGER_OPTIONS,
  ...RANGE_OPTIONS,
  json: { type: 'boolean' },
  csv: { type: 'boolean' },
  'group-by': { type: 'string', multiple: true },
} as const;

const USAGE = `[options]

What was earned and what was missed, to the wei, from the facts in the ledger.

${RANGE_USAGE}
  --group-by <what>     ${GROUPINGS.join(', ')}; may be
                        repeated; by default update and borrower
  --json                everything, amounts in wei as decimal strings
  --csv                 one row a group, amounts in wei
${LEDGER_USAGE}`;

export const report: Command = {
  summary: 'profit, costs and misses of a period',
  usage: USAGE,
  async run(args, terminal) {
    const options = parseOptions(args, OPTIONS);
    const render = renderer(options);
    const groupings = groupingsOf(options['group-by'] ?? (options.csv ? ['update'] : ['update', 'borrower']));
    const range = timeRange(options, terminal.nowMs());
    const facts = await readFacts(openLedger(options, terminal), range);
    terminal.print(render(reportOf(facts, groupings), range));
  },
};

type Render = (report: Report, range: TimeRange) => string;

function renderer({ json, csv }: { readonly json?: boolean; readonly csv?: boolean }): Render {
  if (json && csv) throw new UsageError('Give --json or --csv, not both.');
  if (json) return reportJson;
  return csv ? reportCsv : reportText;
}

function groupingsOf(names: readonly string[]): readonly Grouping[] {
  return names.map((name) => {
    const grouping = GROUPINGS.find((known) => known === name);
    if (grouping) return grouping;
    throw new UsageError(`--group-by ${name} is not one of ${GROUPINGS.join(', ')}.`);
  });
}

function reportJson(
  { updates, total, lines, groups }: Report,
  { fromSeconds, toSeconds }: TimeRange,
): string {
  const tallies = Object.entries(groups).map(([grouping, members]) => [
    grouping,
    members.map(({ key, tally }) => ({ key, ...tally })),
  ]);
  const period = { since: isoSeconds(fromSeconds), until: isoSeconds(toSeconds) };
  const json = { ...period, updates, total, groups: Object.fromEntries(tallies), lines };
  return JSON.stringify(toStored(json), null, 2);
}
