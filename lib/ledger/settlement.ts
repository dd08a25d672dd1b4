import type { Receipt } from '../chain.ts';
import { ContractError } from '../errors.ts';
import { isSamePair } from '../protocols/asset-pair.ts';
import type { LiquidationLog } from '../protocols/protocol.ts';
import type { ExecutorItemReport } from './executor-logs.ts';
import { readExecutorLogs } from './executor-logs.ts';
import type { Planned, PlannedLiquidation } from './fact.ts';
import type { BlockBuilder, ItemResult, LostBorrower, OutcomeFact, Witness } from './outcome.ts';

/** What the chain says about one planned bundle, its target block being old enough to trust. */
export interface Evidence {
  /** Of our own transaction. */
  readonly receipt: Receipt | undefined;
  /** Where the oracle's transaction landed. */
  readonly oracleBlock: number | undefined;
  /** Who built the block in which we landed, or else the block that we aimed at. */
  readonly builder?: BlockBuilder;
  /** Every liquidation from the block after `headBlock` to the target block, in chain order. */
  readonly liquidations: readonly SeenLiquidation[];
  /** The block that all of this hangs on. */
  readonly witness?: Witness;
}

export interface SeenLiquidation extends LiquidationLog {
  readonly protocol: string;
  /** What it paid the builder of its block, where that was asked and is known. */
  readonly paymentWei?: bigint | undefined;
}

/**
 * What became of a bundle, from nothing but receipts and logs.
 * @throws ContractError where our transaction succeeded without the executor's events
 */
export function outcomeOf(planned: Planned, evidence: Evidence, atMs: number): OutcomeFact {
  const { updateId, chainId, updateAtSeconds, ownTransactionHash } = planned;
  const { builder, witness } = evidence;
  const base = { updateId, chainId, updateAtSeconds, atMs, ownTransactionHash, builder, witness };
  const rivals = rivalsOf(planned, evidence.liquidations);
  const { receipt } = evidence;
  if (receipt === undefined) {
    return rivals.length > 0 ? { ...base, state: 'lost', rivals } : { ...base, state: 'expired' };
  }
  const cost = { ...base, ...costOf(receipt), sameBlock: receipt.blockNumber === evidence.oracleBlock };
  if (!receipt.succeeded) return { ...cost, state: 'reverted', netProfitWei: -cost.gasCostWei, rivals };
  const { grossProfitWei, bidWei, items: reports } = readExecutorLogs(planned.executor, receipt);
  const netProfitWei = grossProfitWei - bidWei - cost.gasCostWei;
  const items = planned.plans.map((plan, index) => itemResult(plan, reports.get(index), evidence, rivals));
  return { ...cost, state: 'included', grossProfitWei, bidWei, netProfitWei, items };
}

function costOf({ blockNumber, gasUsed, effectiveGasPriceWei }: Receipt) {
  return { block: blockNumber, gasUsed, effectiveGasPriceWei, gasCostWei: gasUsed * effectiveGasPriceWei };
}

// ── One borrower ────────────────────────────────────────────────────────────────────────────────────────

function itemResult(
  plan: PlannedLiquidation,
  report: ExecutorItemReport | undefined,
  { receipt, liquidations }: Evidence,
  rivals: readonly LostBorrower[],
): ItemResult {
  const { protocol, borrower } = plan;
  if (report === undefined) {
    throw new ContractError(
      `The executor says nothing about ${protocol} borrower ${borrower}: compare the row's plans with the transaction's items.`,
    );
  }
  if ('profitWei' in report) {
    const own = liquidations.filter(({ transactionHash }) => transactionHash === receipt?.transactionHash);
    return { protocol, borrower, ...report, ...amountsOf(plan, own) };
  }
  const rival = rivals.find((lost) => positionOf(lost) === positionOf(plan));
  if (rival === undefined) return { protocol, borrower, ...report };
  const { liquidator, transactionHash, block, paymentWei } = rival;
  return { protocol, borrower, ...report, rival: { liquidator, transactionHash, block, paymentWei } };
}

/** By the protocol's events of this pair in our own transaction: one plan may liquidate in several steps. */
function amountsOf(plan: PlannedLiquidation, own: readonly SeenLiquidation[]) {
  const steps = own.filter((one) => positionOf(one) === positionOf(plan) && isSamePair(one, plan));
  if (steps.length === 0) return {};
  return {
    debtToCover: steps.reduce((sum, step) => sum + step.debtToCover, 0n),
    seizedCollateral: steps.reduce((sum, step) => sum + step.seizedCollateral, 0n),
  };
}

/** Who was the first to take each planned borrower, where that was not ourselves. */
function rivalsOf(planned: Planned, liquidations: readonly SeenLiquidation[]): readonly LostBorrower[] {
  const first = new Map<string, SeenLiquidation>();
  for (const taken of liquidations) if (!first.has(positionOf(taken))) first.set(positionOf(taken), taken);
  const positions = new Set(planned.plans.map(positionOf));
  return [...positions].flatMap((position) => {
    const taken = first.get(position);
    return taken === undefined || taken.liquidator === planned.executor ? [] : [lostTo(taken)];
  });
}

const positionOf = ({ protocol, borrower }: { protocol: string; borrower: string }) =>
  `${protocol} ${borrower}`;

function lostTo({
  protocol,
  borrower,
  liquidator,
  transactionHash,
  blockNumber,
  paymentWei,
}: SeenLiquidation): LostBorrower {
  return { protocol, borrower, liquidator, transactionHash, block: blockNumber, paymentWei };
}
