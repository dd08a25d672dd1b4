import type { Skip } from '../decision.ts';
import type { LiquidationPlan, Opportunity } from '../domain.ts';
import { alternatives } from './alternatives.ts';
import { type Choice, chosen, type Weighed } from './choice.ts';
import { costsOf } from './costs.ts';
import type { Liquidity } from './liquidity.ts';
import { profitOf, type Terms } from './profit.ts';
import { byProfit, byRate, Queue, type Worth, weighAll } from './queue.ts';
import { encodeDeal, fundingOf } from './ways.ts';

export interface Planning {
  /** In the order in which they must execute: each was priced on the pools that the one before it leaves. */
  readonly plans: readonly LiquidationPlan[];
  /** Every borrower that was open and is left alone, with the numbers that decided. */
  readonly skips: readonly Skip[];
}

/**
 * The most profitable liquidation of each borrower, each on the pools as the ones before it leave them: no two
 * plans count on the same liquidity. Where they contend for it, in the order that leaves more.
 */
export function planLiquidations(
  opportunities: readonly Opportunity[],
  liquidity: Liquidity,
  terms: Terms,
): Planning {
  const weighed = weighAll(opportunities, liquidity, terms.gasPriceWei);
  const queueBy = (worth: Worth) => new Queue(weighed, worth, liquidity, terms.gasPriceWei);
  const first = queueBy(byProfit);
  const inTurn = takeTurns(first, terms);
  const other = first.isContended ? takeTurns(queueBy(byRate), terms) : inTurn;
  const { taken, skips } = profitOfAll(other) > profitOfAll(inTurn) ? other : inTurn;
  return { plans: taken.map(encoded), skips };
}

/** Who is liquidated, in this order, and who is not. */
interface Turns {
  readonly taken: readonly Taken[];
  readonly skips: readonly Skip[];
}

/** Not encoded yet: that takes longer than to decide. */
interface Taken {
  readonly choice: Choice;
  readonly plan: Omit<LiquidationPlan, 'calls'>;
}

function takeTurns(queue: Queue, terms: Terms): Turns {
  const taken: Taken[] = [];
  const skips: Skip[] = [];
  for (let borrower = queue.next(); borrower !== undefined; borrower = queue.next()) {
    const verdict = judge(borrower, taken.length === 0 ? terms : { ...terms, fixedGas: 0n });
    if ('skip' in verdict) {
      skips.push(verdict.skip);
    } else {
      taken.push(verdict);
      queue.trade(verdict.choice.deal.poolsAfter);
    }
  }
  return { taken, skips };
}

const encoded = ({ choice: { way, quote, deal }, plan }: Taken): LiquidationPlan => ({
  ...plan,
  calls: encodeDeal(way, quote, deal),
});

const profitOfAll = ({ taken }: Turns): bigint => taken.reduce((sum, { plan }) => sum + plan.profitWei, 0n);

type Verdict = Taken | { readonly skip: Skip };

function judge(weighed: Weighed, terms: Terms): Verdict {
  const best = chosen(weighed, terms.gasPriceWei);
  const others = alternatives(weighed, best, terms);
  if (best === undefined) return { skip: { ...unreachable(weighed.opportunities), alternatives: others } };
  const numbers = numbersOf(best, terms);
  if (numbers.profitWei < terms.minProfitWei) {
    return { skip: { ...unprofitable(best, numbers, terms), alternatives: others } };
  }
  const { protocol, borrower, healthFactorWad, steps } = best.way.opportunity;
  const subject = { protocol, borrower, healthFactorWad, steps, alternatives: others };
  return { choice: best, plan: { ...subject, ...numbers, ...costsOf(best) } };
}

function numbersOf({ quote, way, deal }: Choice, terms: Terms) {
  const gasUsed = deal.gasUsed + terms.fixedGas;
  return {
    debtAsset: way.opportunity.debtAsset,
    collateralAsset: way.opportunity.collateralAsset,
    debtToCover: quote.debtToCover,
    seizedCollateral: quote.seizedCollateral,
    funding: fundingOf(way),
    flashFee: deal.flashFee,
    grossProfitWei: deal.grossProfitWei,
    gasUsed,
    ...profitOf(deal.grossProfitWei, gasUsed, terms),
  };
}

function unprofitable({ way }: Choice, numbers: ReturnType<typeof numbersOf>, terms: Terms): Skip {
  const { protocol, borrower, steps } = way.opportunity;
  const { minProfitWei } = terms;
  return {
    reason: 'unprofitable',
    protocol,
    borrower,
    numbers: { ...numbers, steps: BigInt(steps), minProfitWei },
  };
}

/** The protocol refuses every size, or nobody lends or buys at a price that pays the debt back. */
function unreachable(opportunities: readonly Opportunity[]): Skip {
  const [first] = opportunities;
  const isRefused = opportunities.every(({ quote, maxDebtToCover }) => quote(maxDebtToCover) === undefined);
  const largest = opportunities.map(
    ({ debtAsset, collateralAsset, maxDebtToCover }) =>
      [`${debtAsset}/${collateralAsset}`, maxDebtToCover] as const,
  );
  return {
    reason: isRefused ? 'refusedByProtocol' : 'noRoute',
    ...(first && { protocol: first.protocol, borrower: first.borrower }),
    numbers: Object.fromEntries(largest),
  };
}
