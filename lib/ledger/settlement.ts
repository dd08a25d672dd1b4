import type { Receipt } from '../adapters/chain.ts';
import { ContractError } from '../errors.ts';
import type { LiquidationLog } from '../protocols/protocol.ts';
import type { ExecutorItemReport } from './executor-logs.ts';
import { readExecutorLogs } from './executor-logs.ts';
import type { ItemResult, LostBorrower, OutcomeFact, Planned, PlannedLiquidation } from './fact.ts';

/** What the chain says about one planned bundle, its target block being old enough to trust. */
export interface Evidence {
  /** Of our own transaction. */
  readonly receipt: Receipt | undefined;
  /** Where the oracle's transaction landed. */
  readonly oracleBlock: number | undefined;
  /** Every liquidation from the block after `headBlock` to the target block, in chain order. */
  readonly liquidations: readonly SeenLiquidation[];
}

export interface SeenLiquidation extends LiquidationLog {
  readonly protocol: string;
}

/**
 * What became of a bundle, from nothing but receipts and logs.
 * @throws ContractError where our transaction succeeded without the executor's events
 */
export function outcomeOf(planned: Planned, evidence: Evidence, atMs: number): OutcomeFact {
  const { updateId, chainId, updateAtSeconds, ownTransactionHash } = planned;
  const base = { updateId, chainId, updateAtSeconds, atMs, ownTransactionHash };
  const rivals = rivalsOf(planned, evidence.liquidations);
  if (evidence.receipt !== undefined) {
    return { ...base, ...minedOutcome(planned, evidence.receipt, evidence.oracleBlock, rivals) };
  }
  return rivals.length > 0 ? { ...base, state: 'lost', rivals } : { ...base, state: 'expired' };
}

function minedOutcome(
  planned: Planned,
  receipt: Receipt,
  oracleBlock: number | undefined,
  rivals: readonly LostBorrower[],
) {
  const cost = costOf(receipt, oracleBlock);
  if (!receipt.succeeded) {
    return { ...cost, state: 'reverted', netProfitWei: -cost.gasCostWei, rivals } as const;
  }
  const { grossProfitWei, bidWei, items: reports } = readExecutorLogs(planned.executor, receipt);
  const netProfitWei = grossProfitWei - bidWei - cost.gasCostWei;
  const items = planned.plans.map((plan, index) => itemResult(plan, reports.get(index), rivals));
  return { ...cost, state: 'included', grossProfitWei, bidWei, netProfitWei, items } as const;
}

function costOf({ blockNumber, gasUsed, effectiveGasPriceWei }: Receipt, oracleBlock: number | undefined) {
  const gasCostWei = gasUsed * effectiveGasPriceWei;
  const sameBlock = blockNumber === oracleBlock;
  return { block: blockNumber, gasUsed, effectiveGasPriceWei, gasCostWei, sameBlock };
}

function itemResult(
  { protocol, borrower }: PlannedLiquidation,
  report: ExecutorItemReport | undefined,
  rivals: readonly LostBorrower[],
): ItemResult {
  if (report === undefined) {
    throw new ContractError(
      `The executor says nothing about ${protocol} borrower ${borrower}: compare the row's plans with the transaction's items.`,
    );
  }
  const rival = rivals.find((lost) => lost.protocol === protocol && lost.borrower === borrower);
  if ('profitWei' in report || rival === undefined) return { protocol, borrower, ...report };
  const { liquidator, transactionHash, block } = rival;
  return { protocol, borrower, ...report, rival: { liquidator, transactionHash, block } };
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
}: SeenLiquidation): LostBorrower {
  return { protocol, borrower, liquidator, transactionHash, block: blockNumber };
}
