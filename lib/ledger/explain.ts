import { formatEther, formatUnits } from 'ethers';
import type { Alternative } from '../decision.ts';
import type { Submission } from '../domain.ts';
import { executorInterface } from '../executor.ts';
import type { Hex } from '../hex.ts';
import { type BundleStory, bundleStories } from './bundle-story.ts';
import {
  type Claimed,
  type Fact,
  type Planned,
  type PlannedLiquidation,
  type PolicyInForce,
  type Sent,
  type Simulated,
  type Skipped,
  STAGES,
} from './fact.ts';
import { type Miss, missOf } from './miss.ts';
import type {
  Included,
  ItemResult,
  LostBorrower,
  MissReason,
  OutcomeFact,
  Reverted,
  Rival,
} from './outcome.ts';

/** One moment of a story, in plain words; its first line is the news, the others are the detail. */
export interface Moment {
  readonly atMs: number;
  readonly lines: readonly string[];
}

/** The story of one update, in the order in which things happened. */
export function explain(story: readonly Fact[]): readonly Moment[] {
  const bundles = bundleStories(story);
  const told = story.flatMap((fact) => momentsOf(fact).map((moment) => withMisses(moment, fact, bundles)));
  return told.sort((a, b) => a.atMs - b.atMs);
}

/** Beside who took a borrower: why, and by how much we lost. */
function withMisses(moment: Moment, fact: Fact, bundles: readonly BundleStory[]): Moment {
  if (fact.state !== 'lost' && fact.state !== 'reverted') return moment;
  const own = bundles.find(({ ownTransactionHash }) => ownTransactionHash === fact.ownTransactionHash);
  if (own?.planned === undefined) return moment;
  return { ...moment, lines: [...moment.lines, ...fact.rivals.map((rival) => missLine(missOf(own, rival)))] };
}

const missLine = ({ reason, offeredWei, lostByWei }: Miss): string =>
  `${MISS_WORDS[reason]}: we had offered ${formatEther(offeredWei)} ETH${lostByWei === undefined ? '' : `, ${formatEther(lostByWei)} ETH less`}`;

const MISS_WORDS: Readonly<Record<MissReason, string>> = {
  late: 'late, they had it before we decided',
  simulationFalseNegative: 'not sent, for our simulation had failed',
  reverted: 'ours came after theirs and was undone',
  outbid: 'outbid',
  builderDidNotWin: 'no builder with our bundle built the block',
  notTracked: 'nobody had told us of this account',
  wrongHealth: 'by our book not to be liquidated',
  unprofitable: 'by our plan it would not have paid',
  riskLimit: 'our own limits kept us from it',
  paymentUnknown: 'outbid or not included, the node does not say what they paid',
};

function momentsOf(fact: Fact): readonly Moment[] {
  if (fact.state === 'claimed') return claimMoments(fact);
  return [{ atMs: fact.atMs, lines: linesOfFact(fact) }];
}

function claimMoments({ atMs, seenAtMs, receivedAtMs, policy, ...claimed }: Claimed): readonly Moment[] {
  return [
    {
      atMs: seenAtMs,
      lines: [sightLine(claimed), answerLine(claimed)],
    },
    { atMs: receivedAtMs, lines: ['received'] },
    { atMs, lines: ['claimed: ours to decide', ...(policy ? [policyLine(policy)] : [])] },
  ];
}

/** Where it was seen, by whom, and how long before the block in which it takes effect. */
function sightLine({
  transactionHash,
  hintHash,
  trigger,
  source,
  msIntoSlot,
  leadMs,
}: Pick<Claimed, 'transactionHash' | 'hintHash' | 'trigger' | 'source' | 'msIntoSlot' | 'leadMs'>): string {
  const seconds = (ms: number) => `${(Math.abs(ms) / 1000).toFixed(1)} s`;
  const where = trigger === 'timer' ? 'due by time alone' : 'seen';
  return [
    `${where}${transactionHash ? ` in transaction ${transactionHash}` : ''}${hintHash ? ` in hint ${hintHash}` : ''}`,
    ...(source === undefined ? [] : [`by ${source}`]),
    ...(msIntoSlot === undefined ? [] : [`${seconds(msIntoSlot)} into the slot`]),
    ...(leadMs === undefined ? [] : [`${seconds(leadMs)} ${leadMs < 0 ? 'after' : 'before'} its block`]),
  ].join(', ');
}

const policyLine = ({ hash, bidBps, minProfitWei, maxGasCostWei }: PolicyInForce): string =>
  `by policy ${hash.slice(0, 10)}: bid ${formatUnits(bidBps, 2)} %, at least ${formatEther(minProfitWei)} ETH, gas for at most ${formatEther(maxGasCostWei)} ETH`;

function answerLine({
  feed,
  answer,
  previousAnswer,
}: Pick<Claimed, 'feed' | 'answer' | 'previousAnswer'>): string {
  if (previousAnswer === undefined || previousAnswer === 0n) return `${feed} answers ${answer}`;
  const hundredths = ((answer - previousAnswer) * 10_000n) / previousAnswer;
  return `${feed} answers ${answer} after ${previousAnswer} (${formatUnits(hundredths, 2)} %)`;
}

function linesOfFact(fact: Exclude<Fact, Claimed>): readonly string[] {
  switch (fact.state) {
    case 'skipped':
      return skipLines(fact);
    case 'planned':
      return planLines(fact);
    case 'simulated':
      return [simulationLine(fact)];
    case 'sent':
      return sentLines(fact);
    case 'unknown':
      return [`unknown: settlement was not answered and will ask again: ${fact.detail}`];
    case 'included':
      return includedLines(fact);
    case 'reverted':
      return revertedLines(fact);
    case 'lost':
      return [`lost: not in the chain${builtBy(fact)}`, ...fact.rivals.map(lostLine)];
    case 'expired':
      return [`expired: not in the chain, and nobody else took a borrower${builtBy(fact)}`];
    case 'undone':
      return [
        `undone: block ${fact.witness.block} is not ${fact.witness.hash} any more, ${fact.outcome} no longer holds`,
      ];
    case 'missed':
      return [`missed: ${lostLine(fact)}`, MISS_WORDS[fact.reason]];
    case 'settled':
      return [`settled: ${fact.confirmations} blocks stand on block ${fact.block}, ${fact.outcome} is final`];
  }
}

// ── Before ──────────────────────────────────────────────────────────────────────────────────────────────

function skipLines({ reason, protocol, borrower, numbers, alternatives = [] }: Skipped): readonly string[] {
  const whom = borrower === undefined ? '' : ` ${protocol} borrower ${borrower}`;
  const because = Object.entries(numbers).map(([name, value]) => `${name} = ${value}`);
  return [`skipped${whom}: ${reason}`, ...because, ...alternatives.map(alternativeLine)];
}

function planLines({
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

const simulationLine = (fact: Simulated): string =>
  fact.ok
    ? `simulated: ${fact.gasUsed} gas, pays the builder ${formatEther(fact.coinbaseDiffWei)} ETH`
    : `${fact.reason}: ${fact.detail}`;

function sentLines({ submissions, stagesMs }: Sent): readonly string[] {
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

// ── After ───────────────────────────────────────────────────────────────────────────────────────────────

const includedLines = (fact: Included): readonly string[] => [
  `included in block ${fact.block}, ${fact.sameBlock ? 'the block' : 'not the block'} of the oracle's transaction${builtBy(fact)}`,
  `net ${formatEther(fact.netProfitWei)} ETH = ${formatEther(fact.grossProfitWei)} gross − ${formatEther(fact.bidWei)} bid − ${formatEther(fact.gasCostWei)} gas`,
  ...fact.items.map(itemLine),
];

const revertedLines = ({ block, gasCostWei, rivals }: Reverted): readonly string[] => [
  `reverted in block ${block}: ${formatEther(gasCostWei)} ETH of gas for nothing`,
  ...rivals.map(lostLine),
];

function itemLine(item: ItemResult): string {
  const whom = `${item.protocol} borrower ${item.borrower}`;
  if ('profitWei' in item) return `won ${whom}: ${formatEther(item.profitWei)} ETH`;
  const by = item.rival ? `, taken by ${rivalText(item.rival)}` : '';
  return `failed ${whom}: ${revertReason(item.failure)}${by}`;
}

const lostLine = (lost: LostBorrower): string =>
  `${lost.protocol} borrower ${lost.borrower} was taken by ${rivalText(lost)}`;

function rivalText({ liquidator, transactionHash, block, paymentWei }: Rival): string {
  const paid = paymentWei === undefined ? '' : `, who paid the builder ${formatEther(paymentWei)} ETH`;
  return `${liquidator} in block ${block}, transaction ${transactionHash}${paid}`;
}

const builtBy = ({ builder }: OutcomeFact): string =>
  builder === undefined ? '' : `; the block is by ${builder.name ?? builder.feeRecipient}`;

/** `Name(arguments)` of the executor's errors and Solidity's own; else the bytes. */
function revertReason(data: Hex): string {
  try {
    const error = executorInterface.parseError(data);
    if (error !== null) return `${error.name}(${error.args.join(', ')})`;
  } catch {
    // Whoever reverts chooses the bytes: a known selector may stand before anything.
    return `revert data ${data}`;
  }
  return `revert data ${data}`;
}
