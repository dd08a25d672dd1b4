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

/** The size of this way that leaves most, but for the ticks that `tuned` takes back. */
export function bestSize(way: Way, spans: readonly Span[], gasPriceWei: bigint): Choice | undefined {
  return spans
    .map((span) => {
      const size = peakWithin(span, way);
      const atTop = () => choiceOf(way, span.top, gasPriceWei);
      // A peak inside a gap of the rules gives way to the end of the gap.
      return size === span.top.debtToCover ? atTop() : (exactly(way, size, gasPriceWei) ?? atTop());
    })
    .reduce(better, undefined);
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
  const peak = at(quote.debtToCover);
  const size = peak && bestWithGas(span.low, peak, at).size;
  if (size === undefined || size === quote.debtToCover) return choice;
  return better(choice, exactly(way, size, gasPriceWei)) ?? choice;
}

/** Gas is left out here: without its jumps the value is concave. */
function peakWithin({ low, top }: Span, way: Way): bigint {
  const high = min(top.debtToCover, way.mostDebt ?? top.debtToCover);
  if (high <= low) return top.debtToCover;
  return peakOf(low, high, (size) => (size === 0n ? 0n : way.deal(inProportion(top, size))?.grossProfitWei));
}

const exactly = (way: Way, size: bigint, gasPriceWei: bigint): Choice | undefined =>
  choiceOf(way, way.opportunity.quote(size), gasPriceWei);

const inProportion = (top: LiquidationQuote, debtToCover: bigint): LiquidationQuote => ({
  ...top,
  debtToCover,
  seizedCollateral: (top.seizedCollateral * debtToCover) / top.debtToCover,
});
