import type { Call } from '../call.ts';
import type { Hex } from '../hex.ts';
import { PriceCurve } from '../venues/price-curve.ts';
import type { Pool } from '../venues/venue.ts';
import { inParallel } from './curves.ts';
import { inSequence, type Leg, legsOf, type Route, type Side } from './route.ts';

/** A sale or purchase, exact. */
export interface Trade {
  readonly amountIn: bigint;
  readonly amountOut: bigint;
  /** What comes first in a route comes first here. */
  readonly legs: readonly Leg[];
  readonly gasUsed: bigint;
}

/** One market for trades of one side: a route, or several of them together, none in the way of another. */
export class Exchange {
  readonly side: Side;
  readonly routes: readonly Route[];
  readonly poolIds: ReadonlySet<Hex>;
  #curve: PriceCurve | undefined;

  constructor(side: Side, routes: readonly Route[]) {
    this.side = side;
    this.routes = routes;
    this.poolIds = new Set(routes.flatMap(({ pools }) => pools.map(({ id }) => id)));
  }

  /** To choose by. */
  get curve(): PriceCurve {
    this.#curve ??= inParallel(this.routes.map(({ curve }) => curve));
    return this.#curve;
  }

  get pools(): readonly Pool[] {
    return this.routes.flatMap(({ pools }) => pools);
  }

  /** Exact; `undefined` where the market does not take, or give, this amount. */
  trade(amount: bigint): Trade | undefined {
    if (amount === 0n) return nothing;
    const shares = this.#sharesOf(amount);
    const routes = this.routes.map((route, index) => {
      const share = shares[index] ?? 0n;
      return share === 0n ? [] : legsOf(route, this.side, share);
    });
    return routes.every((legs) => legs !== undefined) && shares.length > 0 ? tradeOf(routes) : undefined;
  }

  /** So that all are equally steep afterwards; they sum to the amount. */
  #sharesOf(amount: bigint): readonly bigint[] {
    if (this.routes.length === 1) return [amount];
    const { steepness } = this.curve[this.side](Number(amount));
    const amounts = this.routes.map(
      ({ curve }) => curve.upTo(steepness)[this.side === 'sell' ? 'input' : 'output'],
    );
    return wholeShares(amount, amounts);
  }
}

class SameToken extends Exchange {
  override get curve(): PriceCurve {
    return unchanged;
  }

  override trade(amount: bigint): Trade {
    return { ...nothing, amountIn: amount, amountOut: amount };
  }
}

const nothing: Trade = { amountIn: 0n, amountOut: 0n, gasUsed: 0n, legs: [] };

const unchanged = new PriceCurve([
  { from: 1, to: Number.POSITIVE_INFINITY, liquidity: Number.POSITIVE_INFINITY, gasUsed: 0 },
]);

/** The token stays what it is. */
export const keep: Exchange = new SameToken('sell', []);

/** Swaps one after the other. */
export function encodeTrade({ side }: Exchange, { legs }: Trade): readonly Call[] {
  return side === 'sell' ? sellingAll(legs) : inSequence(legs, side);
}

/** The last swap of what is held takes what is there: not a unit stays behind. */
function sellingAll(legs: readonly Leg[]): readonly Call[] {
  const last = legs.findLastIndex(({ tokenIn }) => tokenIn === legs[0]?.tokenIn);
  return legs.flatMap((leg, index) =>
    index === last ? [leg.pool.encodeSellBalance(leg.tokenIn, leg.amountIn)] : inSequence([leg], 'sell'),
  );
}

function tradeOf(routes: readonly (readonly Leg[])[]): Trade {
  const legs = routes.flat();
  return {
    amountIn: routes.reduce((sum, route) => sum + (route[0]?.amountIn ?? 0n), 0n),
    amountOut: routes.reduce((sum, route) => sum + (route.at(-1)?.amountOut ?? 0n), 0n),
    legs,
    gasUsed: legs.reduce((sum, { gasUsed }) => sum + gasUsed, 0n),
  };
}

/**
 * Rounded down, and the rest to the largest, which also gets what is too little to trade; empty where the market is
 * too small for the amount.
 */
function wholeShares(total: bigint, amounts: readonly number[]): readonly bigint[] {
  const sum = amounts.reduce((all, amount) => all + amount, 0);
  if (!(sum > 0 && sum < Number.POSITIVE_INFINITY)) return [];
  const shares = amounts.map((amount) => {
    const units = Math.floor((amount / sum) * SHARE_UNITS);
    return units < LEAST_UNITS ? 0n : (total * BigInt(units)) / BigInt(SHARE_UNITS);
  });
  const rest = total - shares.reduce((all, share) => all + share, 0n);
  const largest = amounts.indexOf(Math.max(...amounts));
  return shares.map((share, index) => (index === largest ? share + rest : share));
}

const SHARE_UNITS = 2 ** 50;
/** A millionth of the trade. */
const LEAST_UNITS = 2 ** 30;
