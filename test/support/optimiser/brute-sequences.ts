import { type Arena, gasOf, type Pair, type PairCall, type Played, sumOf } from './brute-force.ts';
import { bestProceeds, type Market } from './proceeds.ts';

/** Liquidations of two pairs one after the other, and what they leave, gas paid. */
export interface SequenceAttempt {
  readonly first: Pair;
  readonly second: Pair;
  /** Of each pair's debt as it was before: one of the first pair, then one or two of the second. */
  readonly shares: Shares;
  readonly netWei: bigint;
}

type Shares = readonly number[];

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

function better(a: SequenceAttempt | undefined, b: SequenceAttempt | undefined): SequenceAttempt | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return b.netWei > a.netWei ? b : a;
}

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
    for (const first of [...COARSE, ...(await this.#edges())])
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

  /** Both sides of every size of the first at which the second begins or ceases to be refused. */
  async #edges(): Promise<Shares> {
    const found: number[] = [];
    for (const [index, low] of COARSE.entries()) {
      const high = COARSE[index + 1];
      if (high === undefined) break;
      const isAccepted = await this.#executes(low);
      if (isAccepted === (await this.#executes(high))) continue;
      let [from, to] = [low, Math.min(high, 1)];
      for (let step = 0; step < BISECTIONS; step += 1) {
        const middle = (from + to) / 2;
        if ((await this.#executes(middle)) === isAccepted) from = middle;
        else to = middle;
      }
      found.push(from, to);
    }
    return found;
  }

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
      amount: (this.#arena.debtOf(pair.debtId) * BigInt(Math.round(share * 1e12))) / 10n ** 12n,
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

const EVERYTHING = 10;
const COARSE: Shares = [0.02, 0.1, 0.3, 0.6, EVERYTHING];
const OFFSETS = [-1, -0.4, 0, 0.4, 1];
const BISECTIONS = 24;

/** On a grid of this width around the first two shares. */
const neighbours = ([first = 0, second = 0, ...rest]: Shares, width: number): readonly Shares[] =>
  OFFSETS.flatMap((one) =>
    OFFSETS.map((two) => [first * (1 + width * one), second * (1 + width * two), ...rest]),
  );
