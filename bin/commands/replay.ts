import { formatEther, parseEther, parseUnits } from 'ethers';
import { isoSeconds } from '../../lib/ledger/key.ts';
import { readFacts } from '../../lib/ledger/read-days.ts';
import { toStored } from '../../lib/ledger/record.ts';
import type { Settings } from '../../lib/replay/replay-story.ts';
import { ASSUMPTIONS, type WhatIf, whatIf } from '../../lib/replay/what-if.ts';
import { type Command, parseOptions, UsageError } from '../command.ts';
import {
  LEDGER_OPTIONS,
  LEDGER_USAGE,
  openLedger,
  RANGE_OPTIONS,
  RANGE_USAGE,
  timeRange,
} from '../ledger-options.ts';

const OPTIONS = {
  ...LEDGER_OPTIONS,
  ...RANGE_OPTIONS,
  bid: { type: 'string' },
  'min-profit': { type: 'string' },
  'max-gas': { type: 'string' },
  json: { type: 'boolean' },
} as const;

const USAGE = `[options]

What the stored decisions would have come to with other settings: the same profit, bid and gas arithmetic
on the recorded amounts. A setting that is not given stays what it was at the time.

${RANGE_USAGE}
  --bid <percent>       of the profit after gas, to the builder: 90, 97.5
  --min-profit <ether>  that a borrower must leave; may be negative: --min-profit=-0.001
  --max-gas <ether>     that a bundle may cost in gas
  --json                every borrower that changes, amounts in wei as decimal strings
${LEDGER_USAGE}`;

export const replay: Command = {
  summary: 'the same decisions with another bid, profit floor or gas ceiling',
  usage: USAGE,
  async run(args, terminal) {
    const options = parseOptions(args, OPTIONS);
    const settings = settingsOf(options);
    const range = timeRange(options, terminal.nowMs());
    const result = whatIf(await readFacts(openLedger(options, terminal), range), settings);
    const period = { since: isoSeconds(range.fromSeconds), until: isoSeconds(range.toSeconds) };
    if (options.json)
      terminal.print(
        JSON.stringify(toStored({ ...period, settings, ...result, assumptions: ASSUMPTIONS }), null, 2),
      );
    else terminal.print(`Decisions from ${period.since} until ${period.until}\n\n${text(result, settings)}`);
  },
};

type Given = { readonly [K in 'bid' | 'min-profit' | 'max-gas']?: string };

/** @throws UsageError for what is no amount, and where nothing is different */
function settingsOf({ bid, 'min-profit': minProfit, 'max-gas': maxGas }: Given): Settings {
  if (bid === undefined && minProfit === undefined && maxGas === undefined)
    throw new UsageError('What should be different? Give --bid, --min-profit or --max-gas.');
  return {
    ...(bid !== undefined && { bidBps: percent(bid) }),
    ...(minProfit !== undefined && { minProfitWei: ether('--min-profit', minProfit) }),
    ...(maxGas !== undefined && { maxGasCostWei: ether('--max-gas', maxGas) }),
  };
}

function percent(text: string): bigint {
  const bps = /^\d{1,3}(\.\d{1,2})?$/.test(text) ? parseUnits(text, 2) : undefined;
  if (bps !== undefined && bps <= 10_000n) return bps;
  throw new UsageError(`--bid ${text} is not a percentage from 0 to 100 with at most two decimals.`);
}

function ether(option: string, text: string): bigint {
  if (/^-?\d{1,9}(\.\d{1,18})?$/.test(text)) return parseEther(text);
  throw new UsageError(`${option} ${text} is not an amount of ether such as 0.01.`);
}

function text(result: WhatIf, settings: Settings): string {
  const { counts, winsThen, profitThenWei, atBestWei, atWorstWei, unreplayable } = result;
  const rows = [
    ['settings', settingsText(settings)],
    ['wins then', `${winsThen}`],
    ['wins kept', `${counts.kept}, and ${counts.atRisk} at risk`],
    ['wins gained', `${counts.gained}, and up to ${counts.newlySent} newly sent`],
    ['wins lost', `${counts.dropped} dropped`],
    ['profit then', `${formatEther(profitThenWei)} ETH`],
    ['profit now', between(atWorstWei, atBestWei)],
    ['difference', between(atWorstWei - profitThenWei, atBestWei - profitThenWei)],
    ...(unreplayable === 0 ? [] : [['left out', `${unreplayable} updates of before policies were recorded`]]),
  ];
  const lines = rows.map(([name = '', value = '']) => name.padEnd(14) + value);
  return [...lines, '', 'Assumptions', ...ASSUMPTIONS.map((assumption) => `  - ${assumption}.`)].join('\n');
}

const between = (worstWei: bigint, bestWei: bigint): string =>
  worstWei === bestWei
    ? `${formatEther(bestWei)} ETH`
    : `${formatEther(worstWei)} to ${formatEther(bestWei)} ETH`;

function settingsText({ bidBps, minProfitWei, maxGasCostWei }: Settings): string {
  const parts = [
    ...(bidBps === undefined ? [] : [`bid ${Number(bidBps) / 100} %`]),
    ...(minProfitWei === undefined ? [] : [`at least ${formatEther(minProfitWei)} ETH`]),
    ...(maxGasCostWei === undefined ? [] : [`gas for at most ${formatEther(maxGasCostWei)} ETH`]),
  ];
  return parts.join(', ');
}
