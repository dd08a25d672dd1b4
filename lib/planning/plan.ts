import type { Skip } from '../decision.ts';
import type { LiquidationPlan, Opportunity } from '../domain.ts';
import { alternatives } from './alternatives.ts';
import type { Weighed } from './choice.ts';
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
  const inOrderOf = (worth: Worth) =>
    takeTurns(new Queue(weighed, worth, liquidity, terms.gasPriceWei), terms);
  const first = inOrderOf(byProfit);
  const turns = isEnough(first, weighed) ? first : better(first, inOrderOf(byRate));
  return {
    plans: turns.filter(isTaken).map(planOf),
    skips: turns.filter((turn) => !isTaken(turn)).map(skipOf),
  };
}

/** Each by itself on untouched pools: no order leaves more, as far as all trade in one direction. */
function isEnough(turns: readonly Turn[], weighed: readonly Weighed[]): boolean {
  const mostWei = weighed.reduce((sum, { sized: [best] }) => sum + Math.max(best?.look.netWei ?? 0, 0), 0);
  const netWei = turns.filter(isTaken).reduce((sum, { choice }) => sum + choice.netWei, 0n);
  return Number(netWei) >= mostWei * (1 - ENOUGH);
}

/** What another order might add is not worth the time. */
const ENOUGH = 2 ** -9;

const better = (one: readonly Turn[], other: readonly Turn[]): readonly Turn[] =>
  profitOf(other) > profitOf(one) ? other : one;

const profitOf = (turns: readonly Turn[]): bigint =>
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
