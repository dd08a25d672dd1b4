import { explain, type Moment } from '../../lib/ledger/explain.ts';
import type { Fact } from '../../lib/ledger/fact.ts';
import { isoSeconds } from '../../lib/ledger/key.ts';
import { toStored } from '../../lib/ledger/record.ts';
import { type Command, parseOptionsAndOne, UsageError } from '../command.ts';
import { LEDGER_OPTIONS, LEDGER_USAGE, openLedger } from '../ledger-options.ts';

const OPTIONS = { ...LEDGER_OPTIONS, json: { type: 'boolean' } } as const;

const USAGE = `<update id> [options]

The whole story of one oracle update: what was seen, decided, sent, and what became of it.

  --json                its facts, amounts in wei as decimal strings
${LEDGER_USAGE}`;

export const explainCommand: Command = {
  summary: 'the whole story of one update',
  usage: USAGE,
  async run(args, terminal) {
    const { values, one: updateId } = parseOptionsAndOne(args, OPTIONS, 'update id');
    if (!/^0x[0-9a-f]+$/.test(updateId))
      throw new UsageError(`${updateId} is not an update id: 0x…, as report prints it.`);
    const story = await openLedger(values, terminal).factsOfUpdate(updateId);
    if (values.json) terminal.print(JSON.stringify(toStored(story), null, 2));
    else terminal.print(storyText(updateId, story));
  },
};

function storyText(updateId: string, story: readonly Fact[]): string {
  const [first] = story;
  if (first === undefined) return `Nothing is recorded about update ${updateId}.`;
  const moments = explain(story);
  const startMs = moments[0]?.atMs ?? 0;
  const heading = `Update ${updateId} of chain ${first.chainId}, observed by the oracle ${isoSeconds(first.updateAtSeconds)}`;
  return [heading, ...moments.map((moment) => momentText(moment, startMs))].join('\n');
}

const INDENT = ' '.repeat(16);

function momentText({ atMs, lines: [news = '', ...details] }: Moment, startMs: number): string {
  const after = `+${(atMs - startMs).toFixed(1)} ms`.padStart(INDENT.length - 2);
  return [`${after}  ${news}`, ...details.map((detail) => `${INDENT}  ${detail}`)].join('\n');
}
