import type { Log, Receipt } from '../../lib/chain.ts';
import type { RacePolicy } from '../../lib/config.ts';
import { executorInterface } from '../../lib/executor.ts';
import type { Planned } from '../../lib/ledger/fact.ts';
import type { BlockBuilder, OutcomeFact } from '../../lib/ledger/outcome.ts';
import { outcomeOf, type SeenLiquidation } from '../../lib/ledger/settlement.ts';
import { profitOf } from '../../lib/planning/profit.ts';
import type { Dice } from './dice.ts';
import { BUILDERS, hashOf, RIVALS } from './setting.ts';

/** What the chain would have said, told by the real settlement: invented receipts and logs, its own reading. */
export function pastOutcome(planned: Planned, dice: Dice, policy: RacePolicy, atMs: number): OutcomeFact {
  const { name, feeRecipient, reach } = dice.weighted(BUILDERS);
  const builder: BlockBuilder = { feeRecipient, name };
  const offeredWei = planned.plans.reduce((sum, plan) => sum + plan.bidWei, 0n);
  const valueWei = planned.plans.reduce((sum, plan) => sum + plan.bidWei + plan.profitWei, 0n);
  const rivalWei = rivalPayment(dice, valueWei);
  const reached = dice.chance(reach);
  const isOurs = reached && (rivalWei === undefined || rivalWei < offeredWei);
  if (isOurs) return included(planned, dice, policy, builder, atMs);
  const liquidations = rivalWei === undefined ? [] : taken(planned, dice, rivalWei);
  return outcomeOf(planned, { receipt: undefined, oracleBlock: undefined, builder, liquidations }, atMs);
}

/** Who has much to win finds somebody who wants it too, and who leaves himself less the more there is. */
function rivalPayment(dice: Dice, valueWei: bigint): bigint | undefined {
  const valueEther = Number(valueWei) / 1e18;
  const isContested = dice.chance(Math.min(0.97, 0.45 + 0.2 * Math.log10(1 + valueEther * 200)));
  if (!isContested) return undefined;
  const share = Math.min(
    0.995,
    Math.max(0.3, dice.normal(0.86 + 0.03 * Math.log10(1 + valueEther * 100), 0.1)),
  );
  return (valueWei * BigInt(Math.round(share * 10_000))) / 10_000n;
}

function taken(planned: Planned, dice: Dice, paidWei: bigint): readonly SeenLiquidation[] {
  const liquidator = RIVALS[Math.floor(dice.fraction() * RIVALS.length)] ?? '';
  const isKnown = dice.chance(0.93);
  return planned.plans.map(
    ({ protocol, borrower, debtAsset, collateralAsset, debtToCover, seizedCollateral }) => ({
      ...{ protocol, borrower, liquidator, debtAsset, collateralAsset, debtToCover, seizedCollateral },
      transactionHash: hashOf(`rival of ${planned.ownTransactionHash}`),
      blockNumber: planned.targetBlock,
      ...(isKnown && { paymentWei: paidWei }),
    }),
  );
}

function included(
  planned: Planned,
  dice: Dice,
  policy: RacePolicy,
  builder: BlockBuilder,
  atMs: number,
): OutcomeFact {
  const gasUsed = planned.plans.reduce((sum, plan) => sum + plan.gasUsed, 0n);
  const used = (gasUsed * BigInt(Math.round(dice.between(0.9, 1.02) * 1_000))) / 1_000n;
  const succeeded = !dice.chance(0.006);
  const receipt: Receipt = {
    transactionHash: planned.ownTransactionHash,
    blockNumber: planned.targetBlock,
    blockHash: hashOf(`block ${planned.targetBlock}`),
    ...{ transactionIndex: 1, succeeded, gasUsed: used, effectiveGasPriceWei: planned.baseFeeWei },
    logs: succeeded ? executorLogs(planned, dice, policy) : [],
  };
  const evidence = { receipt, oracleBlock: planned.targetBlock, builder, liquidations: [] };
  return outcomeOf(planned, evidence, atMs);
}

/** The executor's own events: a little more or less than planned, and the bid that its rule makes of it. */
function executorLogs(planned: Planned, dice: Dice, { bidBps, minProfitWei }: RacePolicy): readonly Log[] {
  const profits = planned.plans.map(
    ({ grossProfitWei }) => (grossProfitWei * BigInt(Math.round(dice.normal(1, 0.004) * 10_000))) / 10_000n,
  );
  const profitWei = profits.reduce((sum, profit) => sum + profit, 0n);
  const gasCostWei = planned.plans.reduce((sum, plan) => sum + plan.gasCostWei, 0n);
  const terms = { gasPriceWei: 1n, fixedGas: 0n, bidBps, minProfitWei };
  const { bidWei } = profitOf(profitWei, gasCostWei, terms);
  const log = (event: string, values: readonly unknown[], logIndex: number): Log => ({
    address: planned.executor,
    ...executorInterface.encodeEventLog(event, values),
    ...{ blockNumber: planned.targetBlock, logIndex, transactionHash: planned.ownTransactionHash },
  });
  const items = profits.map((profit, index) => log('ItemLiquidated', [index, profit], index));
  return [...items, log('Executed', [profitWei, bidWei], profits.length)];
}
