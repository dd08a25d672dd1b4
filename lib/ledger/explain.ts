import { formatEther, formatUnits } from 'ethers';
import { type BundleStory, bundleStories } from './bundle-story.ts';
import { builtBy, includedLines, lostLine, MISS_WORDS, missLine, revertedLines } from './explain-outcome.ts';
import { planLines, sentLines, simulationLine, skipLines } from './explain-plan.ts';
import type { Claimed, Fact, PolicyInForce } from './fact.ts';
import { missOf } from './miss.ts';

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
