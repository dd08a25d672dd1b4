import { Chance } from '../chance.ts';

/** What a history is thrown with: the same seed, the same history. */
export class Dice extends Chance {
  between(low: number, high: number): number {
    return low + this.fraction() * (high - low);
  }

  /** Box and Muller's. */
  normal(mean: number, deviation: number): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.fraction()));
    return mean + deviation * radius * Math.cos(2 * Math.PI * this.fraction());
  }

  /** Half of all are below `median`; `spread` is the deviation of the logarithm. */
  logNormal(median: number, spread: number): number {
    return median * Math.exp(this.normal(0, spread));
  }

  /** Knuth's: how many of what comes `mean` times on average. */
  poisson(mean: number): number {
    const limit = Math.exp(-mean);
    let product = this.fraction();
    let count = 0;
    for (; product > limit; count += 1) product *= this.fraction();
    return count;
  }

  /** One of them, as often as its weight says. */
  weighted<T extends { readonly weight: number }>(items: readonly [T, ...T[]]): T {
    let left = this.fraction() * items.reduce((sum, { weight }) => sum + weight, 0);
    for (const item of items) {
      left -= item.weight;
      if (left < 0) return item;
    }
    return items[0];
  }
}
