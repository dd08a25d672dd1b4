import type { Call } from '../../call.ts';
import { encodeSwapCallback } from '../../executor.ts';
import type { Address, Hex } from '../../hex.ts';
import type { LiquidityCurve, Trade } from '../concentrated-liquidity/liquidity-curve.ts';
import type { SwapGas } from '../concentrated-liquidity/stretches.ts';
import { MAX_SQRT_RATIO, MIN_SQRT_RATIO } from '../concentrated-liquidity/tick-math.ts';
import type { PriceCurve } from '../price-curve.ts';
import type { Pool, SwapQuote } from '../venue.ts';
import { AMOUNT_SPECIFIED_OFFSET, encodeSwap } from './contract.ts';

/** What never changes of a pool. */
export interface PoolKey {
  readonly address: Address;
  /** token0 and token1, in the contract's order. */
  readonly tokens: readonly [Address, Address];
  /** Who receives the output and is called back for the input. */
  readonly executor: Address;
}

export interface UniswapV3Quote extends SwapQuote {
  readonly poolAfter: UniswapV3Pool;
}

export class UniswapV3Pool implements Pool {
  readonly venue = 'uniswap-v3';
  readonly key: PoolKey;
  readonly curve: LiquidityCurve;

  constructor(key: PoolKey, curve: LiquidityCurve) {
    this.key = key;
    this.curve = curve;
  }

  get id(): Hex {
    return this.key.address;
  }

  get address(): Address {
    return this.key.address;
  }

  get tokens(): readonly [Address, Address] {
    return this.key.tokens;
  }

  quoteExactIn(tokenIn: Address, amountIn: bigint): UniswapV3Quote | undefined {
    return this.#quote(this.curve.exactIn(this.#isToken0(tokenIn), amountIn));
  }

  quoteExactOut(tokenOut: Address, amountOut: bigint): UniswapV3Quote | undefined {
    return this.#quote(this.curve.exactOut(!this.#isToken0(tokenOut), amountOut));
  }

  priceCurve(tokenIn: Address): PriceCurve {
    return this.curve.priceCurve(this.#isToken0(tokenIn), GAS);
  }

  encodeExactIn(tokenIn: Address, amountIn: bigint, inner: readonly Call[] = []): Call {
    return this.#swap(this.#isToken0(tokenIn), amountIn, encodeSwapCallback(tokenIn, inner));
  }

  encodeSellBalance(tokenIn: Address, expectedIn: bigint): Call {
    const spendBalance = { token: tokenIn, offset: AMOUNT_SPECIFIED_OFFSET };
    return { ...this.encodeExactIn(tokenIn, expectedIn), spendBalance };
  }

  encodeExactOut(tokenOut: Address, amountOut: bigint, inner: readonly Call[]): Call {
    const zeroForOne = !this.#isToken0(tokenOut);
    const tokenIn = this.key.tokens[zeroForOne ? 0 : 1];
    return this.#swap(zeroForOne, -amountOut, encodeSwapCallback(tokenIn, inner));
  }

  #isToken0(token: Address): boolean {
    return token === this.key.tokens[0];
  }

  #quote(trade: Trade | undefined): UniswapV3Quote | undefined {
    if (trade === undefined) return undefined;
    const { amountIn, amountOut } = trade;
    return {
      amountIn,
      amountOut,
      gasUsed: BigInt(GAS.swap + trade.ticksCrossed * GAS.tick + trade.edgesPassed * GAS.edge),
      poolAfter: new UniswapV3Pool(this.key, trade.after),
    };
  }

  #swap(zeroForOne: boolean, amountSpecified: bigint, data: Hex): Call {
    const sqrtPriceLimitX96 = zeroForOne ? MIN_SQRT_RATIO + 1n : MAX_SQRT_RATIO - 1n;
    const recipient = this.key.executor;
    const swap = encodeSwap({ recipient, zeroForOne, amountSpecified, sqrtPriceLimitX96, data });
    return { target: this.address, data: swap, callsBack: true };
  }
}

/**
 * Of the pool's frame, payment in the callback included. UniswapV3Pool of @uniswap/v3-core@1.0.1 on anvil
 * 1.7.1 with plain ERC-20 tokens: the base as called by the executor, which held none of the output before;
 * the rest fitted to 60 swaps over 0 to 30 ticks, within 8,000.
 */
const GAS: SwapGas = { swap: 80_000, tick: 24_000, edge: 6_000 };
