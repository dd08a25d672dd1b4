import type { Alternative, LostReason } from '../decision.ts';
import type { Opportunity } from '../domain.ts';
import { type Choice, exactly, type Sized, sizedAt, type Weighed } from './choice.ts';
import { profitOf, type Terms } from './profit.ts';
import { fundingOf } from './ways.ts';

/** Enough to see what decided; each is stored with the plan. */
const MOST_PRICED = 4;

/** The best of what lost, the most profitable first, then one for each reason that needs no price. */
export function alternatives(
  weighed: Weighed,
  best: Choice | undefined,
  terms: Terms,
): readonly Alternative[] {
  const priced = [...otherOpportunities(weighed, best), ...otherFundings(weighed, best, terms)]
    .sort((a, b) => b.look.netWei - a.look.netWei)
    .slice(0, MOST_PRICED)
    .flatMap((one) => exactly(one, terms.gasPriceWei) ?? [])
    .map((choice) => pricedAlternative(choice, best, terms));
  return [...priced.sort(byProfit), ...unpriced(weighed)];
}

/** Each in its best way and size. */
function otherOpportunities({ sized }: Weighed, best: Choice | undefined): readonly Sized[] {
  const seen = new Set([best?.way.opportunity]);
  return sized.filter(({ prospect: { way } }) => {
    const isNew = !seen.has(way.opportunity);
    seen.add(way.opportunity);
    return isNew;
  });
}

/** What each other lender would have left of the very same liquidation. */
function otherFundings({ approaches }: Weighed, best: Choice | undefined, terms: Terms): readonly Sized[] {
  if (best === undefined) return [];
  const { quote, way } = best;
  const byFunding = new Map<string, Sized>();
  for (const approach of approaches.filter(({ candidate }) => candidate.opportunity === way.opportunity)) {
    const other = sizedAt(approach, quote, Number(terms.gasPriceWei));
    if (other === undefined) continue;
    const funding = fundingOf(other.prospect.way);
    if (funding === fundingOf(way)) continue;
    const known = byFunding.get(funding)?.look.netWei ?? Number.NEGATIVE_INFINITY;
    if (other.look.netWei > known) byFunding.set(funding, other);
  }
  return [...byFunding.values()];
}

function unpriced({ position: { opportunities }, sized }: Weighed): readonly Alternative[] {
  const open = new Set(sized.map(({ prospect }) => prospect.way.opportunity));
  const lost = opportunities.flatMap((opportunity): readonly Alternative[] => {
    if (opportunity.seizes === 'receipt') return [described(opportunity, 'receiptRepaysNoLoan')];
    return open.has(opportunity) ? [] : [described(opportunity, 'noRoute')];
  });
  return [...new Map(lost.map((one) => [one.reason, one])).values()];
}

function pricedAlternative(
  { way, quote, deal, netWei }: Choice,
  best: Choice | undefined,
  terms: Terms,
): Priced {
  const isMoreAlone = best !== undefined && netWei > best.netWei;
  const { profitWei } = profitOf(deal.grossProfitWei, deal.gasUsed + terms.fixedGas, terms);
  return {
    ...described(way.opportunity, isMoreAlone ? 'lessTogether' : 'lessProfit'),
    ...{ funding: fundingOf(way), debtToCover: quote.debtToCover, profitWei },
  };
}

const described = ({ debtAsset, collateralAsset, steps }: Opportunity, reason: LostReason) => ({
  ...{ reason, debtAsset, collateralAsset, steps },
});

type Priced = Alternative & { readonly profitWei: bigint };

function byProfit({ profitWei: a }: Priced, { profitWei: b }: Priced): number {
  if (a === b) return 0;
  return a > b ? -1 : 1;
}
