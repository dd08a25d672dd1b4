import { formatEther, formatUnits } from 'ethers';
import type { Address } from '../../lib/hex.ts';
import type { TokenName } from '../../lib/ledger/fact.ts';
import { symbolOf, tokenAmount } from '../../lib/ledger/group-name.ts';
import { isoSeconds } from '../../lib/ledger/key.ts';
import type { Line } from '../../lib/ledger/line.ts';
import { readFacts } from '../../lib/ledger/read-days.ts';
import { reportOf } from '../../lib/ledger/report.ts';
import { type Command, parseOptions } from '../command.ts';
import { exactCell, renderCsv } from '../csv.ts';
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

For the accountant: every liquidation that was won as one disposal, collateral for debt and ether, and every
borrower that cost gas and brought nothing. What was seized is sold in the same transaction in which it was
acquired: its proceeds are the debt and the flash fee, which are repaid, and the ether that is left (gross); its
further cost is the bid and the gas, each with its share; the gain is what remains, in the report's net profit.

Amounts are exact text with their unit before them, so that no spreadsheet rounds them; gainEth and gainUsd are
numbers to calculate with. Times are UTC, of the update; dollars are those of that time.

${RANGE_USAGE}
  --csv                 for a spreadsheet
${LEDGER_USAGE}`;

export const disposals: Command = {
  summary: 'what was seized, repaid and kept, for the accountant',
  usage: USAGE,
  async run(args, terminal) {
    const options = parseOptions(args, OPTIONS);
    const range = timeRange(options, terminal.nowMs());
    const { lines, tokens } = reportOf(await readFacts(openLedger(options, terminal), range), []);
    const rows = lines.filter(movedMoney).map((line) => rowOf(line, tokens));
    const titles = HEADER.map((title) => ({ title, align: 'left' as const }));
    terminal.print(options.csv ? renderCsv(HEADER, rows) : renderTable(titles, rows));
  },
};

const HEADER = [
  ...['updateAt', 'chain', 'block', 'transaction', 'result', 'protocol', 'borrower'],
  ...['disposedAsset', 'disposed', 'repaidAsset', 'repaid', 'flashFee', 'amountsBy'],
  ...['gross', 'bid', 'gas', 'cost', 'gain', 'gainEth', 'usdPerEth', 'gainUsd'],
];

const movedMoney = ({ result, amounts }: Line): boolean => result === 'won' || amounts.gasCostWei !== 0n;

const rowOf = (line: Line, tokens: readonly TokenName[]): readonly string[] => [
  ...[isoSeconds(line.updateAtSeconds), text(line.chainId), text(line.block)],
  ...[text(line.ownTransactionHash), line.result, text(line.protocol), text(line.borrower)],
  ...tradeOf(line, tokens),
  ...moneyOf(line),
];

function tradeOf({ exchange, flashFee }: Line, tokens: readonly TokenName[]): readonly string[] {
  if (exchange === undefined) return ['', '', '', '', '', ''];
  const { collateralAsset, seizedCollateral, debtAsset, debtToCover, source } = exchange;
  const exact = (asset: Address, amount: bigint) =>
    exactCell(symbolOf(asset, tokens), tokenAmount(amount, asset, tokens));
  return [
    ...[collateralAsset, exact(collateralAsset, seizedCollateral)],
    ...[debtAsset, exact(debtAsset, debtToCover)],
    ...[flashFee === undefined ? '' : exact(flashFee.asset, flashFee.amount), source],
  ];
}

function moneyOf({ amounts, usdPerEthBase8 }: Line): readonly string[] {
  const { grossProfitWei, bidWei, gasCostWei, netProfitWei } = amounts;
  const exact = [grossProfitWei, bidWei, gasCostWei, bidWei + gasCostWei, netProfitWei];
  const [price, gainUsd] =
    usdPerEthBase8 === undefined
      ? ['', '']
      : [formatUnits(usdPerEthBase8, 8), formatUnits(netProfitWei * usdPerEthBase8, 26)];
  return [
    ...exact.map((wei) => exactCell('ETH', formatEther(wei))),
    ...[formatEther(netProfitWei), price, gainUsd],
  ];
}

const text = (value: string | number | undefined): string => `${value ?? ''}`;
