import { PriceCurve } from '../price-curve.ts';
import { firstStop, type Leg, PricePath, type PriceState } from './price-path.ts';
import { type SwapGas, stretchesFrom } from './stretches.ts';
import { stepExactIn, stepExactOut } from './swap-math.ts';
import { getTickAtSqrtRatio } from './tick-math.ts';
import type { Stop, TickWindow } from './tick-window.ts';

/** What a swap keeps of its input, in hundredths of a bip, by direction; below a million. */
export interface SwapFees {
  readonly zeroForOne: bigint;
  readonly oneForZero: bigint;
}

/** What a trade on a curve comes to, and the curve after it. */
export interface Trade {
  readonly amountIn: bigint;
  readonly amountOut: bigint;
  readonly ticksCrossed: number;
  readonly edgesPassed: number;
  readonly after: LiquidityCurve;
}

/**
 * Concentrated liquidity in one state, equal to @uniswap/v3-core@1.0.1 UniswapV3Pool#swap to the wei, in the
 * amounts as in the price, tick and liquidity that it leaves. Never changes; `trade.after` is a new curve.
 */
export class LiquidityCurve {
  readonly sqrtPriceX96: bigint;
  readonly liquidity: bigint;
  readonly #window: TickWindow;
  readonly #fees: SwapFees;
  #tick: number | undefined;
  #down: PricePath | undefined;
  #up: PricePath | undefined;
  #priceDown: PriceCurve | undefined;
  #priceUp: PriceCurve | undefined;

  /** @param tick the contract's, which at a stop is not always that of the price; else absent */
  constructor(window: TickWindow, fees: SwapFees, state: PriceState) {
    this.#window = window;
    this.#fees = fees;
    this.sqrtPriceX96 = state.sqrtPriceX96;
    this.liquidity = state.liquidity;
    this.#tick = state.tick;
  }

  get tick(): number {
    this.#tick ??= getTickAtSqrtRatio(this.sqrtPriceX96);
    return this.#tick;
  }

  /** Swap with exact input; `undefined` where it would leave the window or the contract refuses it. */
  exactIn(zeroForOne: boolean, amountIn: bigint): Trade | undefined {
    if (amountIn <= 0n) return undefined;
    const leg = this.#path(zeroForOne).legReaching('amountInAfter', amountIn);
    if (leg === undefined) return undefined;
    if (leg.amountInAfter === amountIn) return this.#toEnd(leg, zeroForOne);
    const rest = amountIn - leg.amountInBefore;
    const step = stepExactIn(
      leg.sqrtPriceStartX96,
      leg.liquidity,
      rest,
      this.#feePips(zeroForOne),
      zeroForOne,
    );
    return {
      amountIn,
      amountOut: leg.amountOutBefore + step.amountOut,
      ticksCrossed: leg.ticksCrossed,
      edgesPassed: leg.edgesPassed,
      after: this.#within(leg, step.sqrtPriceNextX96),
    };
  }

  /** Swap with exact output; `undefined` as for `exactIn`. */
  exactOut(zeroForOne: boolean, amountOut: bigint): Trade | undefined {
    if (amountOut <= 0n) return undefined;
    const leg = this.#path(zeroForOne).legReaching('amountOutAfter', amountOut);
    if (leg === undefined) return undefined;
    if (leg.amountOutAfter === amountOut) return this.#toEnd(leg, zeroForOne);
    const rest = amountOut - leg.amountOutBefore;
    const step = stepExactOut(
      leg.sqrtPriceStartX96,
      leg.liquidity,
      rest,
      this.#feePips(zeroForOne),
      zeroForOne,
    );
    const amountIn = leg.amountInBefore + step.amountIn;
    if (step.sqrtPriceNextX96 === leg.stop.sqrtPriceX96) {
      return { ...this.#toEnd(leg, zeroForOne), amountIn, amountOut };
    }
    return {
      amountIn,
      amountOut,
      ticksCrossed: leg.ticksCrossed,
      edgesPassed: leg.edgesPassed,
      after: this.#within(leg, step.sqrtPriceNextX96),
    };
  }

  /** All that it trades, in floating point. @param gas the pool's, always the same */
  priceCurve(zeroForOne: boolean, gas: SwapGas): PriceCurve {
    if (zeroForOne) {
      this.#priceDown ??= this.#sketch(true, gas);
      return this.#priceDown;
    }
    this.#priceUp ??= this.#sketch(false, gas);
    return this.#priceUp;
  }

  #sketch(zeroForOne: boolean, gas: SwapGas): PriceCurve {
    const { sqrtPriceX96, liquidity } = this;
    const stops = this.#stops(zeroForOne);
    const nextStop = firstStop(stops, this.#state, zeroForOne);
    const outlook = { sqrtPriceX96, liquidity, zeroForOne, stops, nextStop };
    return new PriceCurve(stretchesFrom(outlook, this.#feePips(zeroForOne), gas));
  }

  get #state(): PriceState {
    return { sqrtPriceX96: this.sqrtPriceX96, liquidity: this.liquidity, tick: this.#tick };
  }

  #stops(zeroForOne: boolean): readonly Stop[] {
    return zeroForOne ? this.#window.stopsDown : this.#window.stopsUp;
  }

  #feePips(zeroForOne: boolean): bigint {
    return zeroForOne ? this.#fees.zeroForOne : this.#fees.oneForZero;
  }

  #path(zeroForOne: boolean): PricePath {
    if (zeroForOne) {
      this.#down ??= new PricePath(this.#stops(true), this.#fees.zeroForOne, true, this.#state);
      return this.#down;
    }
    this.#up ??= new PricePath(this.#stops(false), this.#fees.oneForZero, false, this.#state);
    return this.#up;
  }

  /** The trade that uses the whole leg: it crosses the stop, and on the way down the tick lies below it. */
  #toEnd(leg: Leg, zeroForOne: boolean): Trade {
    const { sqrtPriceX96, tick, initialised } = leg.stop;
    return {
      amountIn: leg.amountInAfter,
      amountOut: leg.amountOutAfter,
      ticksCrossed: leg.ticksCrossed + (initialised ? 1 : 0),
      edgesPassed: leg.edgesPassed + (initialised ? 0 : 1),
      after: new LiquidityCurve(this.#window, this.#fees, {
        sqrtPriceX96,
        liquidity: leg.liquidityAfter,
        tick: zeroForOne ? tick - 1 : tick,
      }),
    };
  }

  /** A price that did not move keeps its tick: at a stop, the two may differ. */
  #within(leg: Leg, sqrtPriceX96: bigint): LiquidityCurve {
    const { liquidity } = leg;
    const moved = sqrtPriceX96 !== leg.sqrtPriceStartX96;
    const tick = moved ? undefined : leg.tickStart;
    return new LiquidityCurve(this.#window, this.#fees, { sqrtPriceX96, liquidity, tick });
  }
}
