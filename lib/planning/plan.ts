import type { Skip } from '../decision.ts';
import type { LiquidationPlan, Opportunity } from '../domain.ts';
import { alternatives } from './alternatives.ts';
import { costsOf } from './costs.ts';
import type { Liquidity } from './liquidity.ts';
import type { Terms } from './profit.ts';
import { byProfit, byRate, Queue, type Worth, weighAll } from './queue.ts';
import { skipOf } from './skip.ts';
import { isTaken, type Taken, type Turn, takeTurns } from './turn.ts';
import { encodeDeal } from './ways.ts';

export interface Planning {
  /** In the order in which they must execute: each was priced on the pools that the one before it leaves. */
  readonly plans: readonly LiquidationPlan[];
  /** Every borrower that was open and is left alone, with the numbers that decided. */
  readonly skips: readonly Skip[];
}

/**
 * The most profitable liquidation of each position, each on the pools as the ones before it leave them: no two
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
  const turns = profitOfAll(other) > profitOfAll(inTurn) ? other : inTurn;
  return {
    plans: turns.filter(isTaken).map(planOf),
    skips: turns.filter((turn) => !isTaken(turn)).map(skipOf),
  };
}

const profitOfAll = (turns: readonly Turn[]): bigint =>
  turns.filter(isTaken).reduce((sum, { numbers }) => sum + numbers.profitWei, 0n);

/** Encoded and explained: both take longer than to decide. */
function planOf({ weighed, choice, numbers, terms }: Taken): LiquidationPlan {
  const { way, quote, deal } = choice;
  const { protocol, borrower, healthFactorWad, steps } = way.opportunity;
  return {
    ...{ protocol, borrower, healthFactorWad, steps },
    ...numbers,
    ...costsOf(choice),
    alternatives: alternatives(weighed, choice, terms),
    calls: encodeDeal(way, quote, deal),
  };
}
