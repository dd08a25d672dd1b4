import type { LostReason } from '../decision.ts';
import type { Opportunity } from '../domain.ts';
import type { Hex } from '../hex.ts';
import { max } from '../math/fixed-point.ts';
import type { Liquidity } from './liquidity.ts';
import { shortlist } from './shortlist.ts';
import { bestSize, better, type Choice, choiceOf, spansOf, tuned } from './size.ts';
import { type Way, waysOf } from './ways.ts';

/** What was weighed and not chosen, with the best that was found of it. */
export interface Lost {
  readonly reason: LostReason;
  readonly opportunity: Opportunity;
  readonly choice?: Choice;
}

/** One borrower, weighed over every opportunity, way and size. */
export interface Weighed {
  readonly opportunities: readonly Opportunity[];
  readonly best: Choice | undefined;
  readonly lost: readonly Lost[];
  /** Every pool that had a say: for as long as none of them moves, this stands. */
  readonly pools: ReadonlySet<Hex>;
}

export function weigh(
  opportunities: readonly Opportunity[],
  liquidity: Liquidity,
  gasPriceWei: bigint,
): Weighed {
  const candidates: Candidate[] = [];
  let leader: Choice | undefined;
  for (const opportunity of opportunities) {
    const ways = opportunity.seizes === 'receipt' ? [] : waysOf(opportunity, liquidity);
    const choices = choicesOf(opportunity, shortlist(opportunity, ways, gasPriceWei), gasPriceWei, leader);
    candidates.push({ opportunity, ways, choices });
    leader = choices.reduce(better, leader);
  }
  const best = bestTuned(
    candidates.flatMap(({ choices }) => choices),
    gasPriceWei,
  );
  const pools = candidates.flatMap(({ ways }) => ways.flatMap((way) => way.pools.map((pool) => pool.id)));
  const lost = candidates.flatMap((candidate) =>
    candidate.opportunity === best?.way.opportunity
      ? otherFundings(best, candidate.ways, gasPriceWei)
      : [lostBy(candidate)],
  );
  return { opportunities, best, lost, pools: new Set(pools) };
}

interface Candidate {
  readonly opportunity: Opportunity;
  readonly ways: readonly Way[];
  readonly choices: readonly Choice[];
}

/**
 * The most promising way first; one that cannot leave more than another is given up as soon as that is certain, as
 * is all that is far behind the leader of another opportunity.
 */
function choicesOf(
  opportunity: Opportunity,
  ways: readonly Way[],
  gasPriceWei: bigint,
  leader: Choice | undefined,
): readonly Choice[] {
  const spans = spansOf(opportunity);
  const top = spans.at(-1)?.top;
  if (top === undefined) return [];
  const promising = ways
    .map((way) => ({ way, mostWei: way.ceilingWei(top) - top.gasUsed * gasPriceWei }))
    .sort((a, b) => (a.mostWei > b.mostWei ? -1 : 1));
  const choices: Choice[] = [];
  let best: Choice | undefined;
  for (const { way, mostWei } of promising) {
    if (best !== undefined && best.netWei >= mostWei) break;
    const choice = bestSize(way, spans, gasPriceWei, leastWei(best, leader));
    if (choice !== undefined) choices.push(choice);
    best = better(best, choice);
  }
  return choices;
}

/** So near to the leader, what is lost is worth telling exactly. */
function leastWei(best: Choice | undefined, leader: Choice | undefined): bigint | undefined {
  if (leader === undefined || leader.netWei <= 0n) return best?.netWei;
  return max(best?.netWei ?? 0n, (leader.netWei * 3n) / 4n);
}

/** Tunes the best, and whatever might still overtake it by saving gas. */
function bestTuned(choices: readonly Choice[], gasPriceWei: bigint): Choice | undefined {
  const [first, ...others] = [...choices].sort((a, b) => (a.netWei > b.netWei ? -1 : 1));
  if (first === undefined) return undefined;
  return others.reduce(
    (best, other) =>
      other.deal.grossProfitWei - other.quote.gasUsed * gasPriceWei > best.netWei
        ? (better(best, tuned(other, gasPriceWei)) ?? best)
        : best,
    tuned(first, gasPriceWei),
  );
}

function lostBy({ opportunity, choices }: Candidate): Lost {
  if (opportunity.seizes === 'receipt') return { reason: 'receiptRepaysNoLoan', opportunity };
  const choice = choices.reduce<Choice | undefined>(better, undefined);
  return choice === undefined
    ? { reason: 'noRoute', opportunity }
    : { reason: 'lessProfit', opportunity, choice };
}

/** What each other lender would have left of the very same liquidation. */
function otherFundings(best: Choice, ways: readonly Way[], gasPriceWei: bigint): readonly Lost[] {
  const others = Map.groupBy(ways, (way) => way.funding);
  others.delete(best.way.funding);
  return [...others.values()].flatMap((group) => {
    const choice = group.map((way) => choiceOf(way, best.quote, gasPriceWei)).reduce(better, undefined);
    return choice === undefined ? [] : [{ reason: 'lessProfit', opportunity: best.way.opportunity, choice }];
  });
}
