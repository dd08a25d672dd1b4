import { formatEther, formatUnits } from 'ethers';
import type { Alternative } from '../decision.ts';
import type { Submission } from '../domain.ts';
import {
  type Planned,
  type PlannedLiquidation,
  type Sent,
  type Simulated,
  type Skipped,
  STAGES,
} from './fact.ts';

/** What we did about an update, in plain words. */
export function skipLines({
  reason,
  protocol,
  borrower,
  numbers,
  alternatives = [],
}: Skipped): readonly string[] {
  const whom = borrower === undefined ? '' : ` ${protocol} borrower ${borrower}`;
  const because = Object.entries(numbers).map(([name, value]) => `${name} = ${value}`);
  return [`skipped${whom}: ${reason}`, ...because, ...alternatives.map(alternativeLine)];
}

export function planLines({
  ownTransactionHash,
  targetBlock,
  headBlock,
  baseFeeWei,
  nonce,
  part,
  plans,
}: Planned): readonly string[] {
  const which = part ? `, ${part.index + 1} of ${part.of} in one bundle,` : '';
  return [
    `planned transaction ${ownTransactionHash}${which} for block ${targetBlock}`,
    `head was ${headBlock}, base fee ${formatUnits(baseFeeWei, 'gwei')} gwei, nonce ${nonce}`,
    ...plans.flatMap(liquidationLines),
  ];
}

const liquidationLines = (plan: PlannedLiquidation): readonly string[] => [
  `liquidate ${plan.protocol} borrower ${plan.borrower}, health factor ${formatEther(plan.healthFactorWad)}`,
  `  repay ${plan.debtToCover} of ${plan.debtAsset}, seize ${plan.seizedCollateral} of ${plan.collateralAsset}`,
  `  steps ${plan.steps}, funded by ${plan.funding}, flash fee ${plan.flashFee}`,
  `  profit ${formatEther(plan.profitWei)} ETH = ${formatEther(plan.grossProfitWei)} gross − ${formatEther(plan.gasCostWei)} gas − ${formatEther(plan.bidWei)} bid`,
  ...costLines(plan),
  ...plan.alternatives.map((alternative) => `  ${alternativeLine(alternative)}`),
];

function costLines({ costsWei }: PlannedLiquidation): readonly string[] {
  if (costsWei === undefined) return [];
  const { protocolFee, flashFee, priceImpact } = costsWei;
  return [
    `  gross is after ${formatEther(protocolFee)} ETH of protocol fee, ${formatEther(flashFee)} of flash fee, ${formatEther(priceImpact)} of price impact`,
  ];
}

function alternativeLine({ reason, debtAsset, collateralAsset, steps, ...weighed }: Alternative): string {
  const { funding, debtToCover, profitWei } = weighed;
  const size = debtToCover === undefined ? '' : `${debtToCover} of `;
  const by = funding === undefined ? '' : `, funded by ${funding}`;
  const profit = profitWei === undefined ? '' : `, profit ${formatEther(profitWei)} ETH`;
  return `not chosen, ${reason}: repay ${size}${debtAsset} for ${collateralAsset}, steps ${steps}${by}${profit}`;
}

export const simulationLine = (fact: Simulated): string =>
  fact.ok
    ? `simulated: ${fact.gasUsed} gas, pays the builder ${formatEther(fact.coinbaseDiffWei)} ETH`
    : `${fact.reason}: ${fact.detail}`;

export function sentLines({ submissions, stagesMs }: Sent): readonly string[] {
  const { received } = stagesMs;
  const stages = STAGES.flatMap((stage) => {
    const endedMs = stagesMs[stage];
    return received === undefined || endedMs === undefined || stage === 'received'
      ? []
      : `${stage} +${(endedMs - received).toFixed(1)} ms`;
  });
  return [
    'sent',
    ...submissions.map(submissionLine),
    ...(stages.length > 0 ? [`since received: ${stages.join(', ')}`] : []),
  ];
}

const submissionLine = ({ relay, accepted, bundleHash, error, tookMs }: Submission): string =>
  `${relay} ${accepted ? 'accepted' : 'refused'} it in ${tookMs.toFixed(1)} ms: ${error ?? bundleHash ?? 'no hash'}`;
