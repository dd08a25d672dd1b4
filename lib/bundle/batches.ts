import type { Head } from '../block.ts';
import type { Skip } from '../decision.ts';
import type { LiquidationPlan, Trigger } from '../domain.ts';
import { BPS } from '../math/fixed-point.ts';
import type { Batch } from './batch.ts';
import { pricedAt } from './bid.ts';
import { EXECUTE_GAS, gasFor, gasLimitFor, MOST_GAS_LIMIT, warmGas } from './gas.ts';

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

/** What a plan is weighed by. */
export interface Terms {
  readonly gasPriceWei: bigint;
  readonly bidBps: bigint;
  readonly minProfitWei: bigint;
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
  const fullest = filled(plans, MOST_GAS_LIMIT, room, terms);
  const count = fullest.batches.length;
  if (count < 2) return fullest;
  // As few as possible, and those alike: one with hardly a borrower in it may come to nothing.
  const gas = fullest.batches.reduce((sum, batch) => sum + gasFor(batch), 0n);
  for (let most = gas / BigInt(count); most < MOST_GAS_LIMIT; most += EVEN_STEP) {
    const even = filled(plans, most, room, terms);
    if (even.batches.length === count && even.skips.length === fullest.skips.length) return even;
  }
  return fullest;
}

const EVEN_STEP = MOST_GAS_LIMIT / 128n;

function filled(plans: readonly LiquidationPlan[], mostGas: bigint, room: Room, terms: Terms): Batches {
  const full = new Full(room, terms);
  let open: Batch = [];
  for (const [index, plan] of plans.entries()) {
    const joined = [...open, behind(open, plan, terms)];
    const begun = [withGas(plan, plan.gasUsed + EXECUTE_GAS, terms)];
    if (open.length === 0) {
      open = [plan];
    } else if (gasFor(joined) <= mostGas && full.hasRoomFor(joined)) {
      open = joined;
    } else if (isWorthwhile(begun, terms) && full.with(open).hasRoomFor(begun)) {
      full.add(open);
      open = begun;
    } else {
      return {
        batches: [...full.batches, open],
        skips: plans.slice(index).map((left) => noRoom(left, room)),
      };
    }
  }
  return { batches: open.length > 0 ? [...full.batches, open] : full.batches, skips: [] };
}

/** The transactions that take no more, and what they take up together. */
class Full {
  readonly batches: Batch[] = [];
  readonly #room: Room;
  readonly #terms: Terms;
  #gasUsed = 0n;
  #gasLimits = 0n;

  constructor(room: Room, terms: Terms) {
    this.#room = room;
    this.#terms = terms;
  }

  add(batch: Batch): void {
    this.batches.push(batch);
    this.#gasUsed += batch.reduce((sum, { gasUsed }) => sum + gasUsed, 0n);
    this.#gasLimits += gasLimitFor(batch);
  }

  with(batch: Batch): Full {
    const more = new Full(this.#room, this.#terms);
    for (const one of [...this.batches, batch]) more.add(one);
    return more;
  }

  /** A block takes a transaction for as long as its limit fits beside what those before it used. */
  hasRoomFor(batch: Batch): boolean {
    const { blockGas, maxGasCostWei, transactions } = this.#room;
    const gasLimit = gasLimitFor(batch);
    return (
      this.batches.length < transactions &&
      this.#gasUsed + gasLimit <= blockGas &&
      (this.#gasLimits + gasLimit) * this.#terms.gasPriceWei <= maxGasCostWei
    );
  }
}

/** Cheaper, where one before it in its transaction has liquidated the same pair. */
function behind(before: Batch, plan: LiquidationPlan, terms: Terms): Batch[number] {
  const isWarm = before.some((other) => pairOf(other) === pairOf(plan));
  return isWarm ? { ...withGas(plan, warmGas(plan.gasUsed), terms), coldGas: plan.gasUsed } : plan;
}

const pairOf = ({ protocol, debtAsset, collateralAsset }: LiquidationPlan): string =>
  `${protocol} ${debtAsset} ${collateralAsset}`;

const withGas = (plan: LiquidationPlan, gasUsed: bigint, { gasPriceWei, bidBps }: Terms): LiquidationPlan =>
  pricedAt({ ...plan, gasUsed }, gasUsed * gasPriceWei, bidBps);

const isWorthwhile = (batch: Batch, { minProfitWei }: Terms): boolean =>
  batch.every(({ profitWei }) => profitWei >= minProfitWei);

const noRoom = (
  { protocol, borrower, gasUsed, profitWei }: LiquidationPlan,
  { blockGas, maxGasCostWei, transactions }: Room,
): Skip => ({
  ...{ reason: 'noRoom', protocol, borrower },
  numbers: { gasUsed, profitWei, blockGas, maxGasCostWei, transactions: BigInt(transactions) },
});
