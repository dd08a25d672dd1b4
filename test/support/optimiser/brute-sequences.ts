import { type Arena, gasOf, type Pair, type PairCall, type Played, sumOf } from './brute-force.ts';
import { bestProceeds, type Market } from './proceeds.ts';
import { better, EVERYTHING, edgesOf, neighbours, partOf, type Shares } from './search.ts';

/** Liquidations of two pairs one after the other, and what they leave, gas paid. */
export interface SequenceAttempt {
  readonly first: Pair;
  readonly second: Pair;
  /** Of each pair's debt as it was before: one of the first pair, then one or two of the second. */
  readonly shares: Shares;
  readonly netWei: bigint;
}

/**
 * Tries a call on each pair before one or two on each other; then looks closer around the best. Knows no rule: where
 * the second is refused after the first is found by bisection. Each is sold on the pools that the one before it leaves.
 */
export async function bruteForceSequences(arena: Arena): Promise<SequenceAttempt | undefined> {
  let best: SequenceAttempt | undefined;
  for (const first of arena.pairs)
    for (const second of arena.pairs.filter((pair) => !isSame(pair, first)))
      best = better(best, await new SequenceSearch(arena, first, second).best());
  return best;
}

const isSame = (a: Pair, b: Pair): boolean => a.debtId === b.debtId && a.collateralId === b.collateralId;

class SequenceSearch {
  readonly #arena: Arena;
  readonly #first: Pair;
  readonly #second: Pair;
  #best: SequenceAttempt | undefined;

  constructor(arena: Arena, first: Pair, second: Pair) {
    this.#arena = arena;
    this.#first = first;
    this.#second = second;
  }

  async best(): Promise<SequenceAttempt | undefined> {
    for (const first of [...COARSE, ...(await edgesOf(COARSE, (first) => this.#executes(first)))])
      for (const second of COARSE) {
        await this.#look([first, second]);
        if (second !== EVERYTHING) await this.#look([first, second, EVERYTHING]);
      }
    for (let width = 0.6; width > 2e-3 && this.#best; width /= 2.5) {
      const { shares } = this.#best;
      for (const near of neighbours(shares, width)) await this.#look(near);
    }
    return this.#best;
  }

  /** Whether the second pair is still open after it. */
  async #executes(first: number): Promise<boolean> {
    return (await this.#arena.play(this.#calls([first, EVERYTHING]))) !== undefined;
  }

  async #look(shares: Shares): Promise<void> {
    const done = await this.#arena.play(this.#calls(shares));
    const netWei = done && this.#netOf(done);
    if (netWei === undefined) return;
    this.#best = better(this.#best, { first: this.#first, second: this.#second, shares, netWei });
  }

  #calls([first = 0, ...rest]: Shares): readonly PairCall[] {
    const call = (pair: Pair, share: number): PairCall => ({
      ...pair,
      amount: partOf(this.#arena.debtOf(pair.debtId), share),
    });
    return [call(this.#first, first), ...rest.map((share) => call(this.#second, share))];
  }

  #netOf([first, ...rest]: readonly Played[]): bigint | undefined {
    const { gasPriceWei, pools } = this.#arena;
    if (first === undefined) return undefined;
    const one = bestProceeds(this.#arena, this.#first, first);
    if (one === undefined) return undefined;
    const after: Market = {
      ...this.#arena,
      pools: pools.map((pool) => one.pools.find(({ id }) => id === pool.id) ?? pool),
    };
    const two = bestProceeds(after, this.#second, sumOf(rest));
    return two && one.netWei + two.netWei - (gasOf(1) + gasOf(rest.length)) * gasPriceWei;
  }
}

const COARSE: Shares = [0.02, 0.1, 0.3, 0.6, EVERYTHING];
