import type { Opportunity } from '../domain.ts';
import type { Pool } from '../venues/venue.ts';
import { amountsOf } from './approach.ts';
import { positionOf, type Weighed, weigh, weighRoughly } from './choice.ts';
import type { Liquidity } from './liquidity.ts';
import type { PairMarket } from './pair-market.ts';
import { pricesOf } from './ways.ts';

/** Who goes first: whoever is worth more by this. What moves pools may only lower it. */
export type Worth = (weighed: Weighed, gasPriceWei: bigint) => number;

/** What it leaves. */
export const byProfit: Worth = ({ sized: [best] }) => best?.look.netWei ?? NOTHING;

/** What it leaves for each unit of debt that the pools must carry: the liquidity that all share goes the furthest. */
export const byRate: Worth = ({ sized: [best] }, gasPriceWei) => {
  if (best === undefined) return NOTHING;
  const { prospect, look } = best;
  const { first, buy, sell } = prospect.way;
  const { weiPerDebt, weiPerCollateral } = pricesOf(first, buy.curve, sell.curve);
  const { debtToCover, seizedCollateral } = amountsOf(prospect.span.top, look.size);
  const owedWei = debtToCover * weiPerDebt;
  return (seizedCollateral * weiPerCollateral - owedWei - look.gasUsed * Number(gasPriceWei)) / owedWei;
};

const NOTHING = Number.NEGATIVE_INFINITY;

/** Every position on the pools as they are before any of our trades. */
export function weighAll(
  opportunities: readonly Opportunity[],
  liquidity: Liquidity,
  gasPriceWei: bigint,
): readonly Weighed[] {
  const positions = Map.groupBy(opportunities, ({ protocol, borrower, position }) =>
    [protocol, borrower, position].join(),
  );
  return [...positions.values()].map((group) => weigh(positionOf(group, liquidity), liquidity, gasPriceWei));
}

/** Positions by their worth on the pools as they are by now; only who comes up for a turn is weighed again. */
export class Queue {
  readonly #worth: Worth;
  readonly #gasPriceWei: bigint;
  readonly #waiting: Entry[];
  #trades = 0;
  #liquidity: Liquidity;

  constructor(weighed: readonly Weighed[], worth: Worth, liquidity: Liquidity, gasPriceWei: bigint) {
    this.#worth = worth;
    this.#liquidity = liquidity;
    this.#gasPriceWei = gasPriceWei;
    this.#waiting = weighed.map((one) => this.#entry(one, false)).sort((a, b) => compare(b.worth, a.worth));
  }

  /** The pools as they are by now. */
  get liquidity(): Liquidity {
    return this.#liquidity;
  }

  /** `undefined` when all have had their turn. */
  next(): Weighed | undefined {
    for (;;) {
      const first = this.#waiting.shift();
      if (first === undefined) return undefined;
      if (this.#stands(first)) return first.isRough ? this.#again(first) : first.weighed;
      const rough = weighRoughly(first.weighed, this.#liquidity, this.#gasPriceWei);
      const entry = this.#entry(rough, true);
      const next = this.#waiting[0];
      if (next === undefined || isAsGood(entry.worth, next.worth)) return this.#again(entry);
      const behind = this.#waiting.findIndex(({ worth }) => worth <= entry.worth);
      this.#waiting.splice(behind === -1 ? this.#waiting.length : behind, 0, entry);
    }
  }

  /** What the one whose turn it was does to the pools. */
  trade(poolsAfter: readonly Pool[]): void {
    this.#trades += 1;
    this.#liquidity = this.#liquidity.after(poolsAfter);
  }

  #again({ weighed: { position } }: Entry): Weighed {
    return weigh(position, this.#liquidity, this.#gasPriceWei);
  }

  #entry(weighed: Weighed, isRough: boolean): Entry {
    return { weighed, isRough, worth: this.#worth(weighed, this.#gasPriceWei), afterTrades: this.#trades };
  }

  #stands({ weighed, afterTrades }: Entry): boolean {
    const isUntouched = (market: PairMarket) =>
      market === this.#liquidity.market(market.tokenIn, market.tokenOut);
    return afterTrades === this.#trades || [...weighed.markets].every(isUntouched);
  }
}

interface Entry {
  readonly weighed: Weighed;
  readonly isRough: boolean;
  readonly worth: number;
  readonly afterTrades: number;
}

/** The order of those who are nearly the same makes no difference, and telling it takes long. */
const NEARLY = 1 / 256;

const isAsGood = (worth: number, other: number): boolean => worth >= other - Math.abs(other) * NEARLY;

const compare = (a: number, b: number): number => (a === b ? 0 : a - b);
