import { isoSeconds } from '../../lib/ledger/key.ts';
import type { Line } from '../../lib/ledger/line.ts';
import { readFacts } from '../../lib/ledger/read-days.ts';
import { reportOf } from '../../lib/ledger/report.ts';
import { type Command, parseOptions } from '../command.ts';
import { renderCsv } from '../csv.ts';
import {
  LEDGER_OPTIONS,
  LEDGER_USAGE,
  openLedger,
  RANGE_OPTIONS,
  RANGE_USAGE,
  timeRange,
} from '../ledger-options.ts';
import { renderTable } from '../table.ts';

const OPTIONS = { ...LEDGER_OPTIONS, ...RANGE_OPTIONS, csv: { type: 'boolean' } } as const;

const USAGE = `[options]

For the accountant: every liquidation that was won as one disposal, collateral for debt and WETH, with its
share of gas and bid; and every borrower that cost gas and brought nothing. Amounts are raw units and wei;
the column netWei sums to the report's net profit.

${RANGE_USAGE}
  --csv                 for a spreadsheet
${LEDGER_USAGE}`;

export const disposals: Command = {
  summary: 'what was seized, repaid and kept, for the accountant',
  usage: USAGE,
  async run(args, terminal) {
    const options = parseOptions(args, OPTIONS);
    const range = timeRange(options, terminal.nowMs());
    const { lines } = reportOf(await readFacts(openLedger(options, terminal), range), []);
    const rows = lines.filter(movedMoney).map(rowOf);
    if (options.csv) terminal.print(renderCsv(HEADER, rows));
    else
      terminal.print(
        renderTable(
          HEADER.map((title) => ({ title, align: 'left' })),
          rows,
        ),
      );
  },
};

const HEADER = [
  ...['updateAt', 'chain', 'block', 'transaction', 'result', 'protocol', 'borrower'],
  ...['disposedAsset', 'disposedAmount', 'repaidAsset', 'repaidAmount', 'flashFee', 'amountsBy'],
  ...['grossWei', 'bidWei', 'gasWei', 'netWei'],
];

const movedMoney = ({ result, amounts }: Line): boolean => result === 'won' || amounts.gasCostWei !== 0n;

function rowOf({ exchange, flashFee, amounts, ...line }: Line): readonly string[] {
  const text = (value: string | number | bigint | undefined): string => `${value ?? ''}`;
  return [
    ...[
      isoSeconds(line.updateAtSeconds),
      text(line.chainId),
      text(line.block),
      text(line.ownTransactionHash),
    ],
    ...[line.result, text(line.protocol), text(line.borrower)],
    ...[text(exchange?.collateralAsset), text(exchange?.seizedCollateral)],
    ...[
      text(exchange?.debtAsset),
      text(exchange?.debtToCover),
      text(flashFee?.amount),
      text(exchange?.source),
    ],
    ...[amounts.grossProfitWei, amounts.bidWei, amounts.gasCostWei, amounts.netProfitWei].map(text),
  ];
}
