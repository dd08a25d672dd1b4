import { totalDebt } from '../../../lib/protocols/aave-v3/account.ts';
import type { Market } from '../../../lib/protocols/aave-v3/accrual.ts';
import { executeLiquidationCall } from '../../../lib/protocols/aave-v3/liquidation.ts';
import { accountAfter, marketAfter } from '../../../lib/protocols/aave-v3/liquidation-after.ts';
import type { Account } from '../../../lib/protocols/aave-v3/state.ts';
import type { InMemory } from './in-memory.ts';
import { bestProceeds } from './proceeds.ts';

/** One or two calls on one pair, and what the best way to fund and sell them leaves, gas paid. */
export interface Attempt extends Pair {
  readonly amounts: readonly bigint[];
  readonly netWei: bigint;
}

export interface Pair {
  readonly debtId: number;
  readonly collateralId: number;
}

/** The gas of one call, and of one more. */
export interface CallGas {
  readonly first: bigint;
  readonly next: bigint;
}

/**
 * Tries amounts for the first call, each with amounts for a second one, on the model of the contract; then looks
 * closer around the best. Knows no rule: where the contract starts to refuse is found by bisection.
 */
export function bruteForce(world: InMemory, gas: CallGas): Attempt | undefined {
  return pairsOf(world.account)
    .map((pair) => new PairSearch(world, pair, gas).best())
    .reduce(better, undefined);
}

export function better<T extends { readonly netWei: bigint }>(
  a: T | undefined,
  b: T | undefined,
): T | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return b.netWei > a.netWei ? b : a;
}

function pairsOf({ scaledVariableDebts, scaledATokenBalances }: Account): readonly Pair[] {
  return [...scaledVariableDebts.keys()].flatMap((debtId) =>
    [...scaledATokenBalances.keys()].map((collateralId) => ({ debtId, collateralId })),
  );
}

interface State {
  readonly market: Market;
  readonly account: Account;
  readonly amounts: readonly bigint[];
  readonly repaid: bigint;
  readonly seized: bigint;
}

class PairSearch {
  readonly #world: InMemory;
  readonly #pair: Pair;
  readonly #gas: CallGas;
  readonly #start: State;
  /** In millionths of the debt: nobody looks at finer shares. */
  readonly #unit: bigint;
  readonly #seen = new Map<string, Attempt & { readonly shares: readonly number[] }>();

  constructor(world: InMemory, pair: Pair, gas: CallGas) {
    this.#world = world;
    this.#pair = pair;
    this.#gas = gas;
    const { market, account } = world;
    this.#start = { market, account, amounts: [], repaid: 0n, seized: 0n };
    const reserve = market.reserves[pair.debtId];
    this.#unit = reserve ? totalDebt(market, account, reserve) : 0n;
  }

  best(): Attempt | undefined {
    const firsts = [
      ...COARSE,
      ...edges((share) => this.#after(this.#start, share) !== undefined),
      ...[0.01, 10].flatMap((second) => edges((share) => this.#executes([share, second]))),
    ];
    for (const first of firsts) {
      this.#look([first]);
      for (const second of COARSE) this.#look([first, second]);
    }
    for (const { shares } of this.#leaders(2, 4)) {
      const [first = 0] = shares;
      for (const second of edges((share) => this.#executes([first, share]))) this.#look([first, second]);
    }
    for (let width = 0.6; width > 2e-4; width /= 2) {
      for (const { shares } of [...this.#leaders(1, 1), ...this.#leaders(2, 2)]) {
        this.#lookAround(shares, width);
      }
    }
    return [...this.#leaders(1, 1), ...this.#leaders(2, 1)].reduce<Attempt | undefined>(better, undefined);
  }

  #leaders(calls: number, count: number) {
    return [...this.#seen.values()]
      .filter(({ shares }) => shares.length === calls)
      .sort((a, b) => (a.netWei > b.netWei ? -1 : 1))
      .slice(0, count);
  }

  #lookAround([first = 0, second]: readonly number[], width: number): void {
    for (const step of OFFSETS) {
      const moved = first * (1 + width * step);
      if (second === undefined) this.#look([moved]);
      else for (const other of OFFSETS) this.#look([moved, second * (1 + width * other)]);
    }
  }

  #executes(shares: readonly number[]): boolean {
    return this.#play(shares) !== undefined;
  }

  #look(shares: readonly number[]): void {
    const key = shares.join(' ');
    if (this.#seen.has(key)) return;
    const state = this.#play(shares);
    if (state === undefined) return;
    const proceeds = bestProceeds(this.#world, this.#pair, state.repaid, state.seized);
    if (proceeds === undefined) return;
    const calls = this.#gas.first + BigInt(shares.length - 1) * this.#gas.next;
    const netWei = proceeds - calls * this.#world.gasPriceWei;
    this.#seen.set(key, { ...this.#pair, amounts: state.amounts, netWei, shares });
  }

  #play(shares: readonly number[]): State | undefined {
    return shares.reduce<State | undefined>(
      (state, share) => state && this.#after(state, share),
      this.#start,
    );
  }

  #after({ market, account, amounts, repaid, seized }: State, share: number): State | undefined {
    const debtToCover = (this.#unit * BigInt(Math.round(share * 1e12))) / 10n ** 12n;
    const call = { ...this.#pair, debtToCover, receiveAToken: false, liquidator: '' };
    const done = executeLiquidationCall(market, account, call);
    if (!done.executed) return undefined;
    return {
      market: marketAfter(market, call, done),
      account: accountAfter(account, call, done),
      amounts: [...amounts, done.actualDebtToLiquidate],
      repaid: repaid + done.actualDebtToLiquidate,
      seized: seized + done.actualCollateralToLiquidate,
    };
  }
}

/** Shares of the debt; everything, and more. */
const COARSE: readonly number[] = [
  ...[1e-4, 1e-3, 0.004, 0.015, 0.04, 0.08, 0.13, 0.2],
  ...[0.27, 0.34, 0.4, 0.45, 0.5, 0.6, 0.75, 0.9, 10],
];
const OFFSETS = [-1, -0.4, 0, 0.4, 1];
const BISECTIONS = 30;

/** Both sides of every share at which the answer changes from one coarse share to the next. */
function edges(accepts: (share: number) => boolean): readonly number[] {
  const answers = COARSE.map((share) => ({ share, isAccepted: accepts(share) }));
  return answers.flatMap((low, index) => {
    const high = answers[index + 1];
    if (high === undefined || high.isAccepted === low.isAccepted) return [];
    let [from, to] = [low.share, Math.min(high.share, 1)];
    for (let step = 0; step < BISECTIONS; step += 1) {
      const middle = (from + to) / 2;
      if (accepts(middle) === low.isAccepted) from = middle;
      else to = middle;
    }
    return [from, to];
  });
}
