import type { LiquidationQuote, Opportunity } from '../domain.ts';
import { type Approach, amountsOf, approachesTo, wayAt } from './approach.ts';
import { type Candidate, candidateOf, type Span } from './candidate.ts';
import type { Liquidity } from './liquidity.ts';
import type { PairMarket } from './pair-market.ts';
import { type Look, Prospect } from './size.ts';
import { type Deal, dealOf, type Way } from './ways.ts';

/** One way in one size, with all that it brings, exact. */
export interface Choice {
  readonly way: Way;
  readonly quote: LiquidationQuote;
  readonly deal: Deal;
  /** Before the bid, and before the gas that a bundle costs whatever is in it. */
  readonly netWei: bigint;
}

/** The best that was found of one opportunity and one approach, in floating point. */
export interface Sized {
  readonly approach: Approach;
  readonly prospect: Prospect;
  readonly look: Look;
}

/** Every opportunity of one position: only one of them can be taken. */
export interface Position {
  readonly opportunities: readonly Opportunity[];
  /** Those of them that seize what pays for itself. */
  readonly candidates: readonly Candidate[];
}

/** A position weighed over every opportunity, way and size, on the pools as they are. */
export interface Weighed {
  readonly position: Position;
  readonly approaches: readonly Approach[];
  /** The best of each approach that leaves anything, the most profitable first. */
  readonly sized: readonly Sized[];
  /** All that had a say: for as long as nobody trades there, this stands. */
  readonly markets: ReadonlySet<PairMarket>;
}

export const positionOf = (opportunities: readonly Opportunity[], liquidity: Liquidity): Position => ({
  opportunities,
  candidates: opportunities
    .filter(({ seizes }) => seizes === 'underlying')
    .map((opportunity) => candidateOf(opportunity, liquidity)),
});

export function weigh(position: Position, liquidity: Liquidity, gasPriceWei: bigint): Weighed {
  const approaches = position.candidates.flatMap((candidate) => approachesTo(candidate, liquidity));
  const sized = approaches
    .filter(({ loan }) => !loan?.isOutdone)
    .flatMap((approach) => bestOver(approach, Number(gasPriceWei)) ?? [])
    .sort((a, b) => b.look.netWei - a.look.netWei);
  const markets = new Set(approaches.flatMap(({ purchases, sales }) => [purchases, sales]));
  return { position, approaches, sized, markets };
}

/**
 * Only the best of it is weighed again, on the pools as they are by now: for comparing, at a fiftieth of the time.
 * It may be worth more than that.
 */
export function weighRoughly(
  { position, sized: [best] }: Weighed,
  { market }: Liquidity,
  gasPriceWei: bigint,
): Weighed {
  if (best === undefined) return { position, approaches: [], sized: [], markets: new Set() };
  const { approach, prospect, look } = best;
  const now = ({ tokenIn, tokenOut }: PairMarket) => market(tokenIn, tokenOut);
  const again = { ...approach, purchases: now(approach.purchases), sales: now(approach.sales) };
  const sized = settled(look.size, prospect.span, again, Number(gasPriceWei));
  const markets = new Set([again.purchases, again.sales]);
  return { position, approaches: [again], sized: sized ? [sized] : [], markets };
}

/** What is carried out of all that was weighed, exact. */
export function chosen({ sized }: Weighed, gasPriceWei: bigint): Choice | undefined {
  for (const one of sized) {
    const choice = exactly(one, gasPriceWei);
    if (choice !== undefined) return choice;
  }
  return undefined;
}

/** In just this size, by the markets that are best for it; `undefined` where one is missing. */
export function sizedAt(approach: Approach, quote: LiquidationQuote, gasPriceWei: number): Sized | undefined {
  const size = Number(quote.debtToCover);
  const way = wayAt(approach, amountsOf(quote, size), gasPriceWei);
  if (way === undefined) return undefined;
  const prospect = new Prospect(way, { low: 0n, top: quote }, gasPriceWei);
  return { approach, prospect, look: prospect.at(size) };
}

/** `undefined` where a market or the protocol refuses the size after all. */
export function exactly(
  { prospect, look }: Pick<Sized, 'prospect' | 'look'>,
  gasPriceWei: bigint,
): Choice | undefined {
  const { way, span, most } = prospect;
  const size = look.size >= Number(most) ? most : BigInt(Math.floor(look.size));
  const quote = size === span.top.debtToCover ? span.top : way.opportunity.quote(size);
  // A peak inside a gap of the rules gives way to the end of the gap.
  return choiceOf(way, quote ?? span.top, gasPriceWei);
}

/** `undefined` where this way cannot carry this quote. */
export function choiceOf(way: Way, quote: LiquidationQuote, gasPriceWei: bigint): Choice | undefined {
  const deal = dealOf(way, quote);
  return deal && { way, quote, deal, netWei: deal.grossProfitWei - deal.gasUsed * gasPriceWei };
}

function bestOver(approach: Approach, gasPriceWei: number): Sized | undefined {
  return approach.candidate.spans
    .flatMap((span) => bestWithin(span, approach, gasPriceWei) ?? [])
    .reduce<Sized | undefined>(better, undefined);
}

/**
 * Which markets are best depends on the size, and which size is best on the markets: from both ends, one after the
 * other, until they agree.
 */
function bestWithin(span: Span, approach: Approach, gasPriceWei: number): Sized | undefined {
  const all = Number(span.top.debtToCover);
  const fromAll = settled(all, span, approach, gasPriceWei);
  if (fromAll?.look.size === all) return fromAll;
  return better(fromAll, settled(all / SMALL_PART, span, approach, gasPriceWei));
}

const SMALL_PART = 32;
const MOST_TURNS = 3;

function settled(start: number, span: Span, approach: Approach, gasPriceWei: number): Sized | undefined {
  let best: Sized | undefined;
  let size = start;
  for (let turn = 0; turn < MOST_TURNS; turn += 1) {
    const way = wayAt(approach, amountsOf(span.top, size), gasPriceWei);
    const prospect = way && new Prospect(way, span, gasPriceWei);
    const look = prospect?.best();
    if (prospect === undefined || look === undefined) break;
    best = better(best, { approach, prospect, look });
    if (Math.abs(Math.log2(look.size / size)) < 1) break;
    size = look.size;
  }
  return best;
}

/** The one that leaves more; the first where they are equal. */
export function better(a: Sized | undefined, b: Sized | undefined): Sized | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return b.look.netWei > a.look.netWei ? b : a;
}
