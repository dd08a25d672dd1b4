import type { Address, Hex } from '../hex.ts';
import type { PriceCurve } from '../venues/price-curve.ts';
import type { Pool } from '../venues/venue.ts';
import { inParallel } from './curves.ts';
import { Exchange, keep } from './exchange.ts';
import { disjoint, Route, type Side } from './route.ts';

/** What is traded, about how much of it, and what must not be touched. */
export interface Order {
  readonly side: Side;
  /** Of what comes in for a sale, of what comes out for a purchase. */
  readonly amount: number;
  /** For swaps inside each other: no contract is called twice. */
  readonly isNested: boolean;
  /** A contract that takes no call meanwhile. */
  readonly locked?: Address | undefined;
  /** A trade in the same plan: its pools are left alone. */
  readonly beside?: Exchange | undefined;
}

/** Every route from one token to another, in one state. */
export class PairMarket {
  readonly tokenIn: Address;
  readonly tokenOut: Address;
  readonly routes: readonly Route[];
  readonly #known = new Map<Exchange | undefined, Map<string, readonly Exchange[]>>();
  #steepness: number | undefined;

  constructor(tokenIn: Address, tokenOut: Address, routes: readonly Route[]) {
    this.tokenIn = tokenIn;
    this.tokenOut = tokenOut;
    this.routes = routes;
  }

  /** Of the best route, before any trade. */
  get steepness(): number {
    this.#steepness ??= Math.min(...this.routes.map(({ curve }) => curve.steepness));
    return this.tokenIn === this.tokenOut ? 1 : this.#steepness;
  }

  /** Itself, where none of its pools has traded. */
  after(traded: ReadonlyMap<Hex, Pool>): PairMarket {
    const isMoved = ({ id }: Pool) => traded.has(id);
    if (!this.routes.some(({ pools }) => pools.some(isMoved))) return this;
    const routes = this.routes.map((route) =>
      route.pools.some(isMoved)
        ? new Route(
            route.pools.map((pool) => traded.get(pool.id) ?? pool),
            route.path,
          )
        : route,
    );
    return new PairMarket(this.tokenIn, this.tokenOut, routes);
  }

  /** Where an order of about this amount may trade: the best routes by themselves, and those that trade best together. */
  exchanges(order: Order): readonly Exchange[] {
    if (this.tokenIn === this.tokenOut) return [keep];
    const { side, isNested, locked = '', beside } = order;
    const roundBits = Math.ceil(Math.log2(Math.max(order.amount, 1)));
    const key = `${side}${roundBits}${isNested}${locked}`;
    const known = this.#known.get(beside) ?? new Map<string, readonly Exchange[]>();
    this.#known.set(beside, known);
    const exchanges = known.get(key) ?? this.#exchanges({ ...order, amount: 2 ** roundBits });
    known.set(key, exchanges);
    return exchanges;
  }

  #exchanges({ side, amount, isNested, locked, beside }: Order): readonly Exchange[] {
    const routes = this.routes.filter(
      ({ pools, curve }) =>
        curve.steepness < Number.POSITIVE_INFINITY &&
        pools.every(({ id, address }) => address !== locked && !beside?.poolIds.has(id)) &&
        (!isNested || new Set(pools.map(({ address }) => address)).size === pools.length),
    );
    if (routes.length < 2) return routes.map((route) => new Exchange(side, [route]));
    const together = disjoint(byShare(routes, side, amount), ({ id, address }) => (isNested ? address : id));
    const groups = together.slice(0, MOST_TOGETHER).map((_, index) => together.slice(0, index + 1));
    const singles = byValue(routes, side, amount).filter((route) => route !== together[0]);
    return [...singles.slice(0, MOST_ALONE).map((route) => [route]), ...groups].map(
      (group) => new Exchange(side, group),
    );
  }
}

const MOST_TOGETHER = 5;
/** A worse price may cost less gas. */
const MOST_ALONE = 3;

/** Those that would get a part if all could be used at once, the largest first. */
function byShare(routes: readonly Route[], side: Side, amount: number): readonly Route[] {
  const steepness = levelOf(inParallel(routes.map(({ curve }) => curve)), side, amount);
  return routes
    .map((route) => ({ route, share: route.curve.upTo(steepness).input }))
    .filter(({ share }) => share > 0)
    .sort((a, b) => b.share - a.share)
    .map(({ route }) => route);
}

/** After the largest part of the amount that the market takes: pools may be far too shallow for a whale. */
function levelOf(curve: PriceCurve, side: Side, amount: number): number {
  for (let part = amount; part >= 1; part /= 4) {
    const { steepness } = curve[side](part);
    if (steepness < Number.POSITIVE_INFINITY) return steepness;
  }
  return curve.steepness;
}

/** By what each trades by itself, the best first. */
function byValue(routes: readonly Route[], side: Side, amount: number): readonly Route[] {
  const values = routes.map((route) => {
    const { input, output } = route.curve[side](amount);
    return { route, value: side === 'sell' ? output : -input };
  });
  return values.sort((a, b) => (a.value > b.value ? -1 : 1)).map(({ route }) => route);
}
