import type { SkipReason } from '../decision.ts';
import type { Trigger } from '../domain.ts';
import type { Address } from '../hex.ts';
import { type Amounts, inUsd, isNothing, NO_USD, plus, type UsdAmounts, usdPlus } from './amounts.ts';
import { isoSeconds } from './key.ts';
import type { Line, LineResult } from './line.ts';
import type { MissReason } from './outcome.ts';

/** What the lines of a cell agree in: all that a report of days can be grouped by. */
export interface Dimensions {
  /** UTC, `YYYY-MM-DD`, of the update. */
  readonly day: string;
  readonly chainId: number;
  readonly feed?: string;
  readonly trigger?: Trigger['kind'];
  readonly protocol?: string;
  readonly collateralAsset?: Address;
  readonly debtAsset?: Address;
  readonly funding?: string;
  /** Its name, or else its fee recipient. */
  readonly builder?: string;
  readonly result: LineResult;
  readonly reason?: SkipReason;
  readonly miss?: MissReason;
}

/** A sum of lines that agree in everything: a day has few of them, however many lines it has. */
export interface Cell extends Dimensions {
  readonly lines: number;
  readonly amounts: Amounts;
  readonly usd: UsdAmounts;
  /** Lines with an amount whose ether price is not known: missing from `usd`. */
  readonly unpriced: number;
  /** Paid to lenders, in raw units of debtAsset. */
  readonly flashFee: bigint;
}

export function cellOf(line: Line): Cell {
  const { updateAtSeconds, builder, usdPerEthBase8, amounts, flashFee } = line;
  const { chainId, feed, trigger, protocol, collateralAsset, debtAsset, funding, result, reason, miss } =
    line;
  return {
    day: isoSeconds(updateAtSeconds).slice(0, 10),
    ...{ chainId, feed, trigger, protocol, collateralAsset, debtAsset, funding, result, reason, miss },
    builder: builder && (builder.name ?? builder.feeRecipient),
    lines: 1,
    amounts,
    usd: usdPerEthBase8 === undefined ? NO_USD : inUsd(amounts, usdPerEthBase8),
    unpriced: usdPerEthBase8 === undefined && !isNothing(amounts) ? 1 : 0,
    flashFee: flashFee?.amount ?? 0n,
  };
}

/** As few cells as there are different ones, in the order of their first lines. */
export function merged(cells: readonly Cell[]): readonly Cell[] {
  const sums = new Map<string, Cell>();
  for (const cell of cells) {
    const key = keyOfDimensions(cell);
    const sum = sums.get(key);
    sums.set(key, sum === undefined ? cell : add(sum, cell));
  }
  return [...sums.values()];
}

const keyOfDimensions = (cell: Dimensions): string =>
  JSON.stringify([
    ...[cell.day, cell.chainId, cell.feed, cell.trigger, cell.protocol],
    ...[
      cell.collateralAsset,
      cell.debtAsset,
      cell.funding,
      cell.builder,
      cell.result,
      cell.reason,
      cell.miss,
    ],
  ]);

const add = (a: Cell, b: Cell): Cell => ({
  ...a,
  lines: a.lines + b.lines,
  amounts: plus(a.amounts, b.amounts),
  usd: usdPlus(a.usd, b.usd),
  unpriced: a.unpriced + b.unpriced,
  flashFee: a.flashFee + b.flashFee,
});
