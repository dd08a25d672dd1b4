import type { SkipReason } from '../decision.ts';
import type { Address } from '../hex.ts';
import { type Amounts, NO_AMOUNTS, NO_USD, plus, type UsdAmounts, usdPlus } from './amounts.ts';
import type { Cell } from './cell.ts';
import type { LineResult } from './line.ts';

/** A sum of cells. */
export interface Tally extends Amounts {
  readonly usd: UsdAmounts;
  /** Lines with an amount that no dollar sum has, since nothing said what ether was worth. */
  readonly unpriced: number;
  readonly results: Readonly<Partial<Record<LineResult, number>>>;
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
  /** What the plans promised and did not bring, by what became of them. */
  readonly missedWei: Readonly<Partial<Record<LineResult | SkipReason, bigint>>>;
  /** Paid to lenders, by debt asset and in its raw units. */
  readonly flashFees: Readonly<Record<Address, bigint>>;
}

export function tallyOf(cells: readonly Cell[]): Tally {
  return {
    ...cells.map(({ amounts }) => amounts).reduce(plus, NO_AMOUNTS),
    usd: cells.map(({ usd }) => usd).reduce(usdPlus, NO_USD),
    unpriced: cells.reduce((sum, { unpriced }) => sum + unpriced, 0),
    results: summed(cells.map(({ result, lines }) => [result, lines])),
    skipped: summed(cells.flatMap(({ reason, lines }) => (reason ? [[reason, lines]] : []))),
    missedWei: missedBy(cells),
    flashFees: flashFeesOf(cells),
  };
}

/** Decided in the chain: whoever won, lost, failed, reverted or expired had been sent. */
export const CONTESTED: readonly LineResult[] = ['won', 'lost', 'expired', 'failed', 'reverted'];

/** Borrowers won of those that we sent a bundle for, 0 to 1; `undefined` where none is decided. */
export function winRate({ results }: Pick<Tally, 'results'>): number | undefined {
  const contested = CONTESTED.reduce((sum, result) => sum + (results[result] ?? 0), 0);
  return contested === 0 ? undefined : (results.won ?? 0) / contested;
}

function summed<K extends string>(named: readonly (readonly [K, number])[]): Partial<Record<K, number>> {
  const sums: Partial<Record<K, number>> = {};
  for (const [name, count] of named) sums[name] = (sums[name] ?? 0) + count;
  return sums;
}

function missedBy(cells: readonly Cell[]): Tally['missedWei'] {
  const sums: Partial<Record<LineResult | SkipReason, bigint>> = {};
  for (const { result, reason, amounts } of cells) {
    if (amounts.missedProfitWei === 0n) continue;
    const why = reason ?? result;
    sums[why] = (sums[why] ?? 0n) + amounts.missedProfitWei;
  }
  return sums;
}

function flashFeesOf(cells: readonly Cell[]): Record<Address, bigint> {
  const fees: Record<Address, bigint> = {};
  for (const { debtAsset, result, flashFee } of cells) {
    if (debtAsset && result === 'won') fees[debtAsset] = (fees[debtAsset] ?? 0n) + flashFee;
  }
  return fees;
}
