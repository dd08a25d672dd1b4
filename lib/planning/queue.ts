import type { Hex, Opportunity } from '../domain.ts';
import type { Pool } from '../venues/venue.ts';
import { type Weighed, weigh } from './choice.ts';
import type { Liquidity } from './liquidity.ts';

/**
 * Borrowers by what they leave on the pools as they are by now. What was weighed before a pool moved is at least
 * what it is worth after: only who comes up for a turn is weighed again.
 */
export class Queue {
  readonly #gasPriceWei: bigint;
  readonly #waiting: Weighed[];
  readonly #moved = new Set<Hex>();
  readonly #stale = new Map<Weighed, number>();
  #trades = 0;
  #liquidity: Liquidity;

  constructor(opportunities: readonly Opportunity[], liquidity: Liquidity, gasPriceWei: bigint) {
    this.#gasPriceWei = gasPriceWei;
    this.#liquidity = liquidity;
    const borrowers = Map.groupBy(opportunities, ({ protocol, borrower }) => `${protocol}:${borrower}`);
    this.#waiting = [...borrowers.values()]
      .map((pairs) => weigh(pairs, liquidity, gasPriceWei))
      .sort((a, b) => descending(a.best?.netWei, b.best?.netWei));
  }

  /** `undefined` when all have had their turn. */
  next(): Weighed | undefined {
    for (;;) {
      const first = this.#waiting.shift();
      if (first === undefined || this.#stands(first)) return first;
      const again = weigh(first.opportunities, this.#liquidity, this.#gasPriceWei);
      this.#stale.set(again, this.#trades);
      if (descending(again.best?.netWei, this.#waiting[0]?.best?.netWei) <= 0) return again;
      this.#insert(again);
    }
  }

  /** What the one whose turn it was does to the pools. */
  trade(poolsAfter: readonly Pool[]): void {
    this.#trades += 1;
    this.#liquidity = this.#liquidity.after(poolsAfter);
    for (const { id } of poolsAfter) this.#moved.add(id);
  }

  #stands(weighed: Weighed): boolean {
    return this.#stale.get(weighed) === this.#trades || weighed.pools.isDisjointFrom(this.#moved);
  }

  #insert(weighed: Weighed): void {
    const behind = this.#waiting.findIndex(({ best }) => descending(weighed.best?.netWei, best?.netWei) <= 0);
    this.#waiting.splice(behind === -1 ? this.#waiting.length : behind, 0, weighed);
  }
}

function descending(a: bigint | undefined, b: bigint | undefined): number {
  if (a === b) return 0;
  if (a === undefined) return 1;
  if (b === undefined) return -1;
  return a > b ? -1 : 1;
}
