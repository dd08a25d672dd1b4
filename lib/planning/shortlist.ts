import type { LiquidationQuote, Opportunity } from '../domain.ts';
import type { Way } from './ways.ts';

/**
 * The ways worth solving for their best size: those that leave most of all that is legal, and of a small part of
 * it. A market that leads at neither is led by another one in between, or so nearly that it hardly matters.
 */
export function shortlist(
  { maxDebtToCover, quote }: Opportunity,
  ways: readonly Way[],
  gasPriceWei: bigint,
): readonly Way[] {
  const top = quote(maxDebtToCover);
  const searched = ways.filter(({ isOutdone }) => !isOutdone);
  if (top === undefined || searched.length <= LEADERS) return searched;
  const leaders = PARTS.flatMap((part) => leadersAt(partOf(top, part), searched, gasPriceWei));
  return leaders.length > 0 ? [...new Set(leaders)] : searched;
}

const LEADERS = 2;
const PARTS = [1n, 6n, 40n];

function leadersAt(quote: LiquidationQuote, ways: readonly Way[], gasPriceWei: bigint): readonly Way[] {
  return ways
    .flatMap((way) => {
      const deal = quote.debtToCover > (way.mostDebt ?? quote.debtToCover) ? undefined : way.deal(quote);
      return deal === undefined ? [] : [{ way, netWei: deal.grossProfitWei - deal.gasUsed * gasPriceWei }];
    })
    .sort((a, b) => (a.netWei > b.netWei ? -1 : 1))
    .slice(0, LEADERS)
    .map(({ way }) => way);
}

const partOf = (top: LiquidationQuote, part: bigint): LiquidationQuote => ({
  ...top,
  debtToCover: top.debtToCover / part,
  seizedCollateral: top.seizedCollateral / part,
});
