import { EXECUTE_GAS } from '../../lib/bundle/gas.ts';
import type { RacePolicy } from '../../lib/config.ts';
import type { Skip } from '../../lib/decision.ts';
import type { LiquidationPlan } from '../../lib/domain.ts';
import { profitOf } from '../../lib/planning/profit.ts';
import type { Dice } from './dice.ts';
import type { PastReport } from './prices.ts';
import { addressOf, DEBTS } from './setting.ts';

/** What the planner would have found: invented amounts, its own arithmetic. */
export interface PastPlanning {
  readonly plans: readonly LiquidationPlan[];
  readonly skips: readonly Skip[];
}

/** Of the seized value, after the protocol's tenth. */
const BONUS = 0.05;
const PROTOCOL_SHARE = 0.1;

export function pastPlanning(
  dice: Dice,
  report: PastReport,
  baseFeeWei: bigint,
  policy: RacePolicy,
): PastPlanning {
  const opened = report.change < -0.003 ? dice.poisson(-report.change * 100 * report.feed.opens) : 0;
  const plans: LiquidationPlan[] = [];
  const skips: Skip[] = [];
  for (let index = 0; index < opened; index += 1) {
    const borrower = addressOf(`borrower ${Math.floor(dice.fraction() * 4_000)}`);
    if (dice.chance(0.04)) skips.push({ reason: 'noRoute', protocol: 'aave-v3', borrower, numbers: {} });
    else {
      const plan = planFor(dice, report, borrower, baseFeeWei, plans.length === 0, policy);
      if (plan.profitWei >= policy.minProfitWei) plans.push(plan);
      else skips.push(unprofitable(plan, policy));
    }
  }
  const nothing: Skip = { reason: 'opensNothing', numbers: { answer: report.answer } };
  return { plans, skips: opened === 0 ? [nothing] : skips };
}

function planFor(
  dice: Dice,
  report: PastReport,
  borrower: string,
  baseFeeWei: bigint,
  isFirst: boolean,
  policy: RacePolicy,
): LiquidationPlan {
  const { collateral: tokens } = report.feed;
  const collateral = tokens[Math.floor(dice.fraction() * tokens.length)] ?? tokens[0];
  const debt = dice.weighted(DEBTS);
  const debtUsd = Math.min(dice.logNormal(9_000, 1.7), 6_000_000);
  const bonusUsd = debtUsd * BONUS;
  const isLoan = dice.chance(0.3);
  const flashFeeUsd = isLoan ? debtUsd * 0.0005 : 0;
  const impactUsd = debtUsd * Math.min(0.02, 0.0025 * Math.sqrt(debtUsd / 1_000_000));
  const grossUsd = bonusUsd * (1 - PROTOCOL_SHARE) - flashFeeUsd - impactUsd - debtUsd * 0.0005;
  const wei = (usd: number) => toWei(usd, report);
  const grossProfitWei = wei(Math.max(0, grossUsd));
  const gasUsed = BigInt(Math.round(dice.between(520_000, 860_000))) + (isFirst ? EXECUTE_GAS : 0n);
  const terms = { gasPriceWei: baseFeeWei + policy.priorityFeeWei, fixedGas: EXECUTE_GAS, ...policy };
  const priceUsd = Number(report.answer) / 1e8;
  return {
    ...{ protocol: 'aave-v3', borrower, debtAsset: debt.address, collateralAsset: collateral.address },
    healthFactorWad: BigInt(Math.round(dice.between(0.965, 0.9999) * 1e9)) * 10n ** 9n,
    steps: 1,
    debtToCover: raw(debtUsd, debt.decimals),
    seizedCollateral: raw((debtUsd + bonusUsd * (1 - PROTOCOL_SHARE)) / priceUsd, collateral.decimals),
    protocolFee: raw((bonusUsd * PROTOCOL_SHARE) / priceUsd, collateral.decimals),
    funding: isLoan ? 'aave-v3' : 'uniswap-v3-flash-swap',
    flashFee: raw(flashFeeUsd, debt.decimals),
    costsWei: {
      protocolFee: wei(bonusUsd * PROTOCOL_SHARE),
      flashFee: wei(flashFeeUsd),
      priceImpact: wei(impactUsd),
    },
    calls: [],
    ...{ grossProfitWei, gasUsed, ...profitOf(grossProfitWei, gasUsed, terms) },
    alternatives: [],
  };
}

function unprofitable(plan: LiquidationPlan, { minProfitWei }: RacePolicy): Skip {
  const { protocol, borrower, debtAsset, collateralAsset } = plan;
  const { grossProfitWei, gasUsed, gasCostWei, bidWei, profitWei } = plan;
  const amounts = { grossProfitWei, gasUsed, gasCostWei, bidWei, profitWei, minProfitWei };
  return { reason: 'unprofitable', protocol, borrower, numbers: { debtAsset, collateralAsset, ...amounts } };
}

const raw = (amount: number, decimals: number): bigint =>
  decimals > 9
    ? BigInt(Math.round(amount * 1e9)) * 10n ** BigInt(decimals - 9)
    : BigInt(Math.round(amount * 10 ** decimals));

const toWei = (usd: number, { etherAnswer }: PastReport): bigint =>
  (BigInt(Math.round(usd * 1e8)) * 10n ** 18n) / etherAnswer;
