import type { LiquidationPlan } from '../domain.ts';
import { type Choice, chosen, type Weighed } from './choice.ts';
import type { Liquidity } from './liquidity.ts';
import { profitOf, type Terms } from './profit.ts';
import type { Queue } from './queue.ts';
import { bestSequence, type Part } from './sequence.ts';
import { fundingOf } from './ways.ts';

/** What one position came to when its turn was: what it is worth on the pools as they were then. */
export interface Turn {
  readonly weighed: Weighed;
  readonly terms: Terms;
  /** Absent where nothing can be done. */
  readonly choice?: Choice;
  readonly numbers?: Numbers;
}

export type Taken = Required<Turn>;

export type Numbers = Pick<
  LiquidationPlan,
  | ('debtAsset' | 'collateralAsset' | 'debtToCover' | 'seizedCollateral' | 'funding' | 'flashFee')
  | ('grossProfitWei' | 'gasUsed' | 'gasCostWei' | 'bidWei' | 'profitWei')
>;

/** Each that is worth it, on the pools as the ones before leave them; the first pays for the transaction itself. */
export function takeTurns(queue: Queue, terms: Terms): readonly Turn[] {
  const turns: Turn[] = [];
  let fixedGas = terms.fixedGas;
  for (let weighed = queue.next(); weighed !== undefined; weighed = queue.next()) {
    for (const turn of turnsOf(weighed, queue.liquidity, { ...terms, fixedGas })) {
      turns.push(turn);
      if (!isTaken(turn)) continue;
      fixedGas = 0n;
      queue.trade(turn.choice.deal.poolsAfter);
    }
  }
  return turns;
}

export const isTaken = (turn: Turn): turn is Taken =>
  turn.numbers !== undefined && turn.numbers.profitWei >= turn.terms.minProfitWei;

/** One, or as many as leave more where each of them is worth it. */
function turnsOf(weighed: Weighed, liquidity: Liquidity, terms: Terms): readonly Turn[] {
  const choice = chosen(weighed, terms.gasPriceWei);
  if (choice === undefined) return [{ weighed, terms }];
  const parts = bestSequence({ weighed, choice }, liquidity, terms.gasPriceWei);
  const turns = parts.map((part, index) => turnOf(part, index === 0 ? terms : { ...terms, fixedGas: 0n }));
  return turns.every(isTaken) ? turns : [turnOf({ weighed, choice }, terms)];
}

const turnOf = ({ weighed, choice }: Part, terms: Terms): Turn => ({
  ...{ weighed, terms, choice },
  numbers: numbersOf(choice, terms),
});

function numbersOf({ quote, way, deal }: Choice, terms: Terms): Numbers {
  const { debtAsset, collateralAsset } = way.opportunity;
  const gasUsed = deal.gasUsed + terms.fixedGas;
  return {
    ...{ debtAsset, collateralAsset },
    ...{ debtToCover: quote.debtToCover, seizedCollateral: quote.seizedCollateral },
    ...{ funding: fundingOf(way), flashFee: deal.flashFee },
    ...{ grossProfitWei: deal.grossProfitWei, gasUsed },
    ...profitOf(deal.grossProfitWei, gasUsed, terms),
  };
}
