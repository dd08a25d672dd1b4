import { stepToTarget } from './swap-math.ts';
import type { Stop } from './tick-window.ts';

/** The state in which a leg begins, and the sums over the legs before it, fee included. */
export interface LegStart {
  readonly sqrtPriceStartX96: bigint;
  /** Absent where the path begins between two stops. */
  readonly tickStart: number | undefined;
  readonly liquidity: bigint;
  readonly amountInBefore: bigint;
  readonly amountOutBefore: bigint;
  /** Stops behind: initialised ticks, and mere edges of bitmap words. */
  readonly ticksCrossed: number;
  readonly edgesPassed: number;
}

/** A run of constant liquidity, from where the price is to the next stop in one direction. */
export interface Leg extends LegStart {
  readonly stop: Stop;
  readonly liquidityAfter: bigint;
  readonly amountInAfter: bigint;
  readonly amountOutAfter: bigint;
}

/** Where a path begins. */
export interface PriceState {
  readonly sqrtPriceX96: bigint;
  readonly liquidity: bigint;
  /** The contract's tick, which at a stop is not always that of the price; may be absent anywhere else. */
  readonly tick?: number | undefined;
}

/** The first stop on the way from there. */
export function firstStop(
  stops: readonly Stop[],
  { sqrtPriceX96, tick }: PriceState,
  zeroForOne: boolean,
): number {
  const isAbove = (stop: Stop) => (tick === undefined ? stop.sqrtPriceX96 > sqrtPriceX96 : stop.tick > tick);
  const above = firstIndex(stops, isAbove);
  return zeroForOne ? above - 1 : above;
}

/**
 * The legs from one price in one direction, worked out as far as somebody asked and then remembered. A swap
 * finishes a leg exactly when it can pay the sum up to its end, so quoting is a search in these sums.
 */
export class PricePath {
  readonly #stops: readonly Stop[];
  readonly #feePips: bigint;
  readonly #zeroForOne: boolean;
  readonly #start: PriceState;
  readonly #legs: Leg[] = [];
  #nextStop: number;

  /** @param stops of this direction */
  constructor(stops: readonly Stop[], feePips: bigint, zeroForOne: boolean, start: PriceState) {
    this.#stops = stops;
    this.#feePips = feePips;
    this.#zeroForOne = zeroForOne;
    this.#start = start;
    this.#nextStop = firstStop(stops, start, zeroForOne);
  }

  /** The leg in which the sum of `what` reaches `amount`; `undefined` beyond the window. */
  legReaching(what: 'amountInAfter' | 'amountOutAfter', amount: bigint): Leg | undefined {
    let last = this.#legs.at(-1) ?? this.#extend(undefined);
    while (last !== undefined && last[what] < amount) last = this.#extend(last);
    return last && this.#legs[firstIndex(this.#legs, (leg) => leg[what] >= amount)];
  }

  #extend(last: Leg | undefined): Leg | undefined {
    const stop = this.#stops[this.#nextStop];
    if (stop === undefined) return undefined;
    this.#nextStop += this.#zeroForOne ? -1 : 1;
    const leg = this.#legTo(stop, last === undefined ? this.#emptySums() : this.#sumsAt(last));
    this.#legs.push(leg);
    return leg;
  }

  #legTo(stop: Stop, start: LegStart): Leg {
    const { sqrtPriceStartX96, liquidity } = start;
    const step = stepToTarget(
      sqrtPriceStartX96,
      stop.sqrtPriceX96,
      liquidity,
      this.#feePips,
      this.#zeroForOne,
    );
    return {
      ...start,
      stop,
      liquidityAfter: this.#zeroForOne ? liquidity - stop.liquidityNet : liquidity + stop.liquidityNet,
      amountInAfter: start.amountInBefore + step.amountIn,
      amountOutAfter: start.amountOutBefore + step.amountOut,
    };
  }

  #emptySums(): LegStart {
    const { sqrtPriceX96, liquidity, tick } = this.#start;
    return {
      sqrtPriceStartX96: sqrtPriceX96,
      tickStart: tick,
      liquidity,
      amountInBefore: 0n,
      amountOutBefore: 0n,
      ticksCrossed: 0,
      edgesPassed: 0,
    };
  }

  #sumsAt(last: Leg): LegStart {
    const { tick, sqrtPriceX96, initialised } = last.stop;
    return {
      sqrtPriceStartX96: sqrtPriceX96,
      tickStart: this.#zeroForOne ? tick - 1 : tick,
      liquidity: last.liquidityAfter,
      amountInBefore: last.amountInAfter,
      amountOutBefore: last.amountOutAfter,
      ticksCrossed: last.ticksCrossed + (initialised ? 1 : 0),
      edgesPassed: last.edgesPassed + (initialised ? 0 : 1),
    };
  }
}

/** Binary search: `holds` is false, then true; the length of `items` where it never is. */
function firstIndex<T>(items: readonly T[], holds: (item: T) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = items[middle];
    if (item !== undefined && holds(item)) high = middle;
    else low = middle + 1;
  }
  return low;
}
