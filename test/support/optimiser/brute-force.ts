import type { Market } from './proceeds.ts';
import { bestProceeds } from './proceeds.ts';
import { better, EVERYTHING, edgesOf, neighbours, partOf, type Shares } from './search.ts';

/** Where liquidations are tried out: on the model of the contract, or on the contract. */
export interface Arena extends Market {
  readonly pairs: readonly Pair[];
  /** Owed in this reserve, in raw units; a rough figure will do. */
  debtOf(debtId: number): bigint;
  /** These calls one after the other in one block, each with what it did; `undefined` where one is refused. */
  play(calls: readonly PairCall[]): Promise<readonly Played[] | undefined>;
}

export interface Pair {
  readonly debtId: number;
  readonly collateralId: number;
}

export interface PairCall extends Pair {
  readonly amount: bigint;
}

export interface Played {
  readonly repaid: bigint;
  readonly seized: bigint;
}

/** One or two calls on one pair, and what the best way to fund and sell them leaves, gas paid. */
export interface Attempt extends Pair, Played {
  readonly amounts: readonly bigint[];
  readonly netWei: bigint;
}

/**
 * Tries amounts for the first call, each with amounts for a second one; then looks closer around the best. Knows no
 * rule: where calls begin to be refused is found by bisection.
 */
export async function bruteForce(arena: Arena): Promise<Attempt | undefined> {
  const attempts: (Attempt | undefined)[] = [];
  for (const pair of arena.pairs) attempts.push(await new PairSearch(arena, pair).best());
  return attempts.reduce<Attempt | undefined>(better, undefined);
}

/** The liquidation that everybody knows: one call that asks for everything, of the best pair. */
export async function oneCall(arena: Arena): Promise<Attempt | undefined> {
  const amounts = [2n ** 128n];
  const attempts = arena.pairs.map(async (pair) =>
    valued(arena, pair, amounts, await played(arena, pair, amounts)),
  );
  return (await Promise.all(attempts)).reduce<Attempt | undefined>(better, undefined);
}

/** Calls on one pair, and what they come to together. */
async function played(arena: Arena, pair: Pair, amounts: readonly bigint[]): Promise<Played | undefined> {
  const done = await arena.play(amounts.map((amount) => ({ ...pair, amount })));
  return done && sumOf(done);
}

export const sumOf = (done: readonly Played[]): Played => ({
  repaid: done.reduce((sum, { repaid }) => sum + repaid, 0n),
  seized: done.reduce((sum, { seized }) => sum + seized, 0n),
});

function valued(
  arena: Arena,
  pair: Pair,
  amounts: readonly bigint[],
  sums: Played | undefined,
): Attempt | undefined {
  const proceeds = sums && bestProceeds(arena, pair, sums);
  if (sums === undefined || proceeds === undefined) return undefined;
  const netWei = proceeds.netWei - gasOf(amounts.length) * arena.gasPriceWei;
  return { ...pair, ...sums, amounts, netWei };
}

/** Of so many calls on one pair. */
export const gasOf = (calls: number): bigint => FIRST_CALL_GAS + BigInt(calls - 1) * NEXT_CALL_GAS;

/** As the planner reckons. */
const FIRST_CALL_GAS = 330_000n;
const NEXT_CALL_GAS = 110_000n;

class PairSearch {
  readonly #arena: Arena;
  readonly #pair: Pair;
  readonly #played = new Map<string, Played | undefined>();
  readonly #seen = new Map<string, Attempt & { readonly shares: Shares }>();

  constructor(arena: Arena, pair: Pair) {
    this.#arena = arena;
    this.#pair = pair;
  }

  async best(): Promise<Attempt | undefined> {
    for (const first of [...COARSE, ...(await this.#firstEdges())]) {
      await this.#look([first]);
      for (const second of COARSE) await this.#look([first, second]);
    }
    for (const { shares } of this.#leaders(2, 3)) {
      const [first = 0] = shares;
      const edges = await this.#edges((second) => [first, second]);
      for (const second of edges) await this.#look([first, second]);
    }
    for (let width = 0.6; width > 3e-4; width /= 2.5) {
      for (const { shares } of [...this.#leaders(1, 1), ...this.#leaders(2, 1)]) {
        for (const near of neighbours(shares, width)) await this.#look(near);
      }
    }
    return [...this.#seen.values()].reduce<Attempt | undefined>(better, undefined);
  }

  /** Of the first call alone, before a small second one, and before one that asks for everything. */
  async #firstEdges(): Promise<Shares> {
    return [
      ...(await this.#edges((first) => [first])),
      ...(await this.#edges((first) => [first, SMALL])),
      ...(await this.#edges((first) => [first, EVERYTHING])),
    ];
  }

  #edges(sharesAt: (share: number) => Shares): Promise<Shares> {
    return edgesOf(COARSE, (share) => this.#executes(sharesAt(share)));
  }

  #leaders(calls: number, count: number) {
    return [...this.#seen.values()]
      .filter(({ shares }) => shares.length === calls)
      .sort((a, b) => (a.netWei > b.netWei ? -1 : 1))
      .slice(0, count);
  }

  async #executes(shares: Shares): Promise<boolean> {
    return (await this.#play(shares)) !== undefined;
  }

  async #look(shares: Shares): Promise<void> {
    const key = shares.join(' ');
    if (this.#seen.has(key)) return;
    const attempt = valued(this.#arena, this.#pair, this.#amounts(shares), await this.#play(shares));
    if (attempt !== undefined) this.#seen.set(key, { ...attempt, shares });
  }

  async #play(shares: Shares): Promise<Played | undefined> {
    const key = shares.join(' ');
    if (!this.#played.has(key)) {
      this.#played.set(key, await played(this.#arena, this.#pair, this.#amounts(shares)));
    }
    return this.#played.get(key);
  }

  #amounts(shares: Shares): readonly bigint[] {
    const debt = this.#arena.debtOf(this.#pair.debtId);
    return shares.map((share) => partOf(debt, share));
  }
}

const SMALL = 0.01;
const COARSE: Shares = [1e-3, 0.01, 0.05, 0.12, 0.22, 0.33, 0.42, 0.5, 0.7, 0.9, EVERYTHING];
