import { min } from '../math/fixed-point.ts';
import type { PriceCurve } from '../venues/price-curve.ts';
import type { Span } from './candidate.ts';
import type { Way } from './ways.ts';

/** What a way leaves in one size, in floating point. */
export interface Look {
  readonly size: number;
  /** Before the bid, and before the gas that a bundle costs whatever is in it. */
  readonly netWei: number;
  readonly gasUsed: number;
  /** Whether a little more would leave more, gas aside. */
  readonly isRising: boolean;
}

/** One way within one span, in floating point. Gas aside, what it leaves is concave: price impact only grows. */
export class Prospect {
  readonly way: Way;
  readonly span: Span;
  /** The largest size that the lender carries. */
  readonly most: bigint;
  readonly #low: number;
  readonly #high: number;
  readonly gasPriceWei: number;
  readonly #gasUsed: number;
  readonly #seizedPerDebt: number;
  /** Of the loan's fee: a part that is always owed, and one in proportion. */
  readonly #fixedFee: number;
  readonly #owedPerDebt: number;

  constructor(way: Way, span: Span, gasPriceWei: number) {
    const { low, top } = span;
    const { loan } = way;
    const most = min(top.debtToCover, loan?.mostDebt ?? top.debtToCover);
    this.way = way;
    this.span = span;
    this.most = most;
    this.#low = Number(low);
    this.#high = Number(most);
    this.gasPriceWei = gasPriceWei;
    this.#gasUsed = Number(top.gasUsed + (loan?.gasUsed ?? 0n));
    this.#seizedPerDebt = Number(top.seizedCollateral) / Number(top.debtToCover);
    const [lowFee, highFee] = [Number(loan?.fee(low) ?? 0n), Number(loan?.fee(most) ?? 0n)];
    const feePerDebt = most > low ? (highFee - lowFee) / (this.#high - this.#low) : 0;
    this.#fixedFee = highFee - feePerDebt * this.#high;
    this.#owedPerDebt = 1 + feePerDebt;
  }

  at(size: number): Look {
    const { first, buy, sell } = this.way;
    const purchase = buy.curve.buy(this.#owed(size));
    const unsold = this.#seized(size) - (first === 'buy' ? purchase.input : 0);
    if (!(unsold >= 0 && purchase.input < Number.POSITIVE_INFINITY)) return hopeless(size);
    const sale = sell.curve.sell(unsold);
    const gasUsed = this.#gasUsed + purchase.gasUsed + sale.gasUsed;
    const grossWei = sale.output - (first === 'sell' ? purchase.input : 0);
    const costOfMore = this.#owedPerDebt * purchase.steepness ** 2;
    const gainOfMore = first === 'buy' ? this.#seizedPerDebt : this.#seizedPerDebt / sale.steepness ** 2;
    const isRising = gainOfMore > costOfMore && sale.steepness < Number.POSITIVE_INFINITY;
    return { size, netWei: grossWei - gasUsed * this.gasPriceWei, gasUsed, isRising };
  }

  /** The size that leaves most; `undefined` where nothing is left of any. */
  best(): Look | undefined {
    const peak = this.#high > this.#low ? this.#peak() : undefined;
    if (peak === undefined) return undefined;
    const start = this.at(this.#low + (peak.size - this.#low) / 2 ** START_BITS);
    const mostSavedWei = (peak.gasUsed - start.gasUsed) * this.gasPriceWei;
    return mostSavedWei <= Math.abs(peak.netWei) * WORTHWHILE ? peak : this.#leastGas(peak);
  }

  /** Gas aside. */
  #peak(): Look | undefined {
    const top = this.at(this.#high);
    if (top.isRising) return top;
    let [from, to] = [this.#low, this.#high];
    for (let step = 0; step < MOST_HALVINGS && to - from > to * PRECISION; step += 1) {
      const middle = (from + to) / 2;
      if (this.at(middle).isRising) from = middle;
      else to = middle;
    }
    return from > this.#low ? this.at(from) : undefined;
  }

  /**
   * Gas rises at once with every tick and pool that a trade comes to, and what lies behind pays for it little by
   * little: where gas is dear, the best size ends right before one.
   */
  #leastGas(peak: Look): Look {
    return this.#ends(peak.size)
      .map((end) => end * JUST_BEFORE)
      .filter((end) => end > this.#low)
      .map((end) => this.at(end))
      .reduce((best, one) => (one.netWei > best.netWei ? one : best), peak);
  }

  /** Sizes at which a trade comes to the end of a stretch. */
  #ends(peak: number): readonly number[] {
    const { first, buy, sell } = this.way;
    const unsoldAt = (size: number) =>
      this.#seized(size) - (first === 'buy' ? buy.curve.buy(this.#owed(size)).input : 0);
    return [
      ...endsOf(buy.curve, 'outputBefore', this.#owed(peak)).map(
        (end) => (end - this.#fixedFee) / this.#owedPerDebt,
      ),
      ...endsOf(sell.curve, 'inputBefore', unsoldAt(peak)).map((end) =>
        first === 'sell' ? end / this.#seizedPerDebt : sizeAt(end, unsoldAt, peak),
      ),
    ];
  }

  #owed(size: number): number {
    return this.#fixedFee + size * this.#owedPerDebt;
  }

  #seized(size: number): number {
    return size * this.#seizedPerDebt;
  }
}

/** A size at which hardly a tick is crossed. */
const START_BITS = 10;
/** Less than this part of the profit is not worth a search. */
const WORTHWHILE = 2 ** -17;
/** Of a size: what is gained by finding it any better is far below a millionth. */
const PRECISION = 2 ** -22;
/** Many more than any size takes. */
const MOST_HALVINGS = 200;
/** Near enough for nothing to be lost, and far enough for every rounding. */
const JUST_BEFORE = 1 - 2 ** -20;

const hopeless = (size: number): Look => ({
  ...{ size, netWei: Number.NEGATIVE_INFINITY },
  ...{ gasUsed: 0, isRising: false },
});

function endsOf(curve: PriceCurve, what: 'inputBefore' | 'outputBefore', until: number): readonly number[] {
  const ends: number[] = [];
  for (let index = 1; ; index += 1) {
    const end = curve.piece(index)?.[what];
    if (end === undefined || end >= until) return ends;
    ends.push(end);
  }
}

/** @param amountAt grows up to `most` */
function sizeAt(amount: number, amountAt: (size: number) => number, most: number): number {
  let [from, to] = [0, most];
  for (let step = 0; step < MOST_HALVINGS && to - from > to * PRECISION; step += 1) {
    const middle = (from + to) / 2;
    if (amountAt(middle) < amount) from = middle;
    else to = middle;
  }
  return from;
}
