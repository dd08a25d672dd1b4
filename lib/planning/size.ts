import type { LiquidationQuote, Opportunity } from '../domain.ts';
import { min } from '../math/fixed-point.ts';
import { bestWithGas } from './gas-steps.ts';
import { peakOf } from './peak.ts';
import type { Deal, Way } from './ways.ts';

/** One way in one size, with all that it brings, exact. */
export interface Choice {
  readonly way: Way;
  readonly quote: LiquidationQuote;
  readonly deal: Deal;
  /** Before the bid, and before the gas that a bundle costs whatever is in it. */
  readonly netWei: bigint;
}

/** `undefined` where this way cannot carry this quote. */
export function choiceOf(
  way: Way,
  quote: LiquidationQuote | undefined,
  gasPriceWei: bigint,
): Choice | undefined {
  if (quote === undefined || quote.debtToCover > (way.mostDebt ?? quote.debtToCover)) return undefined;
  const deal = way.deal(quote);
  return deal && { way, quote, deal, netWei: deal.grossProfitWei - deal.gasUsed * gasPriceWei };
}

export function better(a: Choice | undefined, b: Choice | undefined): Choice | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return b.netWei > a.netWei ? b : a;
}

/** Sizes between two kinks of an opportunity, where collateral is seized in proportion to debt. */
export interface Span {
  readonly low: bigint;
  /** Of the upper kink. */
  readonly top: LiquidationQuote;
}

export function spansOf({ kinks, quote }: Opportunity): readonly Span[] {
  return kinks.slice(1).flatMap((kink, index) => {
    const top = quote(kink);
    return top === undefined ? [] : [{ low: kinks[index] ?? 0n, top }];
  });
}

/**
 * The size of this way that leaves most, but for the ticks that `tuned` takes back.
 *
 * @param leastWei of a way that is certain to leave no more, any size will do
 */
export function bestSize(
  way: Way,
  spans: readonly Span[],
  gasPriceWei: bigint,
  leastWei?: bigint,
): Choice | undefined {
  return spans.reduceRight<Choice | undefined>(
    (best, span) => better(best, bestWithin(span, way, gasPriceWei, best?.netWei ?? leastWei)),
    undefined,
  );
}

/** The same way in a size that crosses fewer ticks, where their gas is dearer than what lies behind them. */
export function tuned(choice: Choice, gasPriceWei: bigint): Choice {
  const { way, quote } = choice;
  const spans = spansOf(way.opportunity);
  const span = spans.find(({ top }) => quote.debtToCover <= top.debtToCover);
  if (span === undefined) return choice;
  const at = (size: bigint) => {
    const paid = size > 0n ? choiceOf(way, inProportion(span.top, size), gasPriceWei) : undefined;
    return paid && { size, gasUsed: paid.deal.gasUsed, netWei: paid.netWei };
  };
  const [peak, start] = [
    at(quote.debtToCover),
    at(span.low + ((quote.debtToCover - span.low) >> START_BITS)),
  ];
  if (peak === undefined || start === undefined) return choice;
  const mostSavedWei = (peak.gasUsed - start.gasUsed) * gasPriceWei;
  if (mostSavedWei <= choice.netWei >> WORTHWHILE_BITS) return choice;
  const { size } = bestWithGas(start, peak, at, gasPriceWei);
  if (size === quote.debtToCover) return choice;
  return better(choice, exactly(way, size, gasPriceWei)) ?? choice;
}

/** A size that crosses hardly a tick. */
const START_BITS = 10n;
/** Less than this part of the profit is not worth a search. */
const WORTHWHILE_BITS = 15n;

/** Gas is left out of the search: without its jumps the value is concave. */
function bestWithin(span: Span, way: Way, gasPriceWei: bigint, leastWei?: bigint): Choice | undefined {
  const { low, top } = span;
  const high = min(top.debtToCover, way.mostDebt ?? top.debtToCover);
  if (high <= low) return undefined;
  const least = leastWei === undefined ? undefined : leastWei + top.gasUsed * gasPriceWei;
  const grossAt = (size: bigint) => (size === 0n ? 0n : way.deal(inProportion(top, size))?.grossProfitWei);
  const size = peakOf(low, high, grossAt, least);
  if (size === undefined) return undefined;
  const atTop = () => choiceOf(way, top, gasPriceWei);
  // A peak inside a gap of the rules gives way to the end of the gap.
  return size === top.debtToCover ? atTop() : (exactly(way, size, gasPriceWei) ?? atTop());
}

const exactly = (way: Way, size: bigint, gasPriceWei: bigint): Choice | undefined =>
  choiceOf(way, way.opportunity.quote(size), gasPriceWei);

const inProportion = (top: LiquidationQuote, debtToCover: bigint): LiquidationQuote => ({
  ...top,
  debtToCover,
  seizedCollateral: (top.seizedCollateral * debtToCover) / top.debtToCover,
});
