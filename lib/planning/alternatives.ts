import type { Alternative } from '../decision.ts';
import type { Lost } from './choice.ts';
import { profitOf, type Terms } from './profit.ts';

/** Enough to see what decided; each is stored with the plan. */
const MOST_PRICED = 4;

/** The best of what lost, the most profitable first, then one for each reason that needs no price. */
export function alternatives(lost: readonly Lost[], terms: Terms): readonly Alternative[] {
  const all = lost.map((one) => alternative(one, terms));
  const unpriced = new Map(all.flatMap((one) => (one.profitWei === undefined ? [[one.reason, one]] : [])));
  return [...all.filter(isPriced).sort(byProfit).slice(0, MOST_PRICED), ...unpriced.values()];
}

type Priced = Alternative & { readonly profitWei: bigint };

const isPriced = (one: Alternative): one is Priced => one.profitWei !== undefined;

function byProfit({ profitWei: a }: Priced, { profitWei: b }: Priced): number {
  if (a === b) return 0;
  return a > b ? -1 : 1;
}

function alternative({ reason, opportunity, choice }: Lost, terms: Terms): Alternative {
  const { debtAsset, collateralAsset, steps } = opportunity;
  const subject = { reason, debtAsset, collateralAsset, steps };
  if (choice === undefined) return subject;
  const { grossProfitWei, gasUsed } = choice.deal;
  const { profitWei } = profitOf(grossProfitWei, gasUsed + terms.fixedGas, terms);
  return { ...subject, funding: choice.way.funding, debtToCover: choice.quote.debtToCover, profitWei };
}
