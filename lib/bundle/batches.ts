import type { Head } from '../block.ts';
import type { Skip } from '../decision.ts';
import type { LiquidationPlan, Trigger } from '../domain.ts';
import { BPS } from '../math/fixed-point.ts';
import { profitOf, type Terms } from '../planning/profit.ts';
import { EXECUTE_GAS, gasFor, gasLimitFor, MOST_GAS_LIMIT } from './gas.ts';

/** The plans of one transaction; what `execute` itself costs is in the first one's gas. */
export type Batch = readonly LiquidationPlan[];

/** What one bundle may take up. */
export interface Room {
  /** Of the target block, all transactions together. */
  readonly blockGas: bigint;
  readonly maxGasCostWei: bigint;
  readonly transactions: number;
}

export interface Batches {
  /** In the order in which they must execute. */
  readonly batches: readonly Batch[];
  /** Whoever finds no room. */
  readonly skips: readonly Skip[];
}

/** @param maxBlockGasBps of the block's gas that a bundle of ours may ask for */
export function roomFor(
  trigger: Trigger,
  { gasLimit = LOW_BLOCK_GAS_LIMIT }: Head,
  { maxBlockGasBps, maxGasCostWei }: { readonly maxBlockGasBps: bigint; readonly maxGasCostWei: bigint },
): Room {
  const transactions = trigger.kind === 'mevShareHint' ? 1 : MOST_TRANSACTIONS;
  return { blockGas: (gasLimit * maxBlockGasBps) / BPS, maxGasCostWei, transactions };
}

/** Where whoever told us of the head did not say: Ethereum's until February 2025, and no chain of ours has less. */
const LOW_BLOCK_GAS_LIMIT = 30_000_000n;
/** Relays take a hundred, the oracle's own among them; a matchmaker one behind a hint. */
const MOST_TRANSACTIONS = 99;

/**
 * Fills one transaction after the other, in the plans' order: each was priced on the pools that the ones before it
 * leave, so that whoever finds no room takes all that come after along. The first plan always finds room: whether it
 * may be signed is not decided here.
 */
export function batchesOf(plans: readonly LiquidationPlan[], room: Room, terms: Terms): Batches {
  const full: Batch[] = [];
  let open: Batch = [];
  for (const [index, plan] of plans.entries()) {
    const joined = [...open, plan];
    const begun = [withFixedGas(plan, terms)];
    if (open.length === 0 || (gasFor(joined) <= MOST_GAS_LIMIT && isWithin(full, joined, room, terms))) {
      open = joined;
    } else if (isWorthwhile(begun, terms) && isWithin([...full, open], begun, room, terms)) {
      full.push(open);
      open = begun;
    } else return { batches: [...full, open], skips: plans.slice(index).map((left) => noRoom(left, room)) };
  }
  return { batches: open.length > 0 ? [...full, open] : full, skips: [] };
}

/** It opens a transaction of its own, and pays for that. */
function withFixedGas(plan: LiquidationPlan, terms: Terms): LiquidationPlan {
  const gasUsed = plan.gasUsed + EXECUTE_GAS;
  return { ...plan, gasUsed, ...profitOf(plan.grossProfitWei, gasUsed, terms) };
}

const isWorthwhile = (batch: Batch, { minProfitWei }: Terms): boolean =>
  batch.every(({ profitWei }) => profitWei >= minProfitWei);

/** A block takes a transaction for as long as its limit fits beside what those before it used. */
function isWithin(before: readonly Batch[], last: Batch, room: Room, { gasPriceWei }: Terms): boolean {
  const usedBefore = before.flat().reduce((sum, { gasUsed }) => sum + gasUsed, 0n);
  const limits = [...before, last].reduce((sum, batch) => sum + gasLimitFor(batch), 0n);
  return (
    before.length < room.transactions &&
    usedBefore + gasLimitFor(last) <= room.blockGas &&
    limits * gasPriceWei <= room.maxGasCostWei
  );
}

const noRoom = (
  { protocol, borrower, gasUsed, profitWei }: LiquidationPlan,
  { blockGas, maxGasCostWei, transactions }: Room,
): Skip => ({
  ...{ reason: 'noRoom', protocol, borrower },
  numbers: { gasUsed, profitWei, blockGas, maxGasCostWei, transactions: BigInt(transactions) },
});
