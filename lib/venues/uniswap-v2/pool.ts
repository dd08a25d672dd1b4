import type { Call } from '../../call.ts';
import { encodePairCallback, PAIR_CALLBACK_AMOUNT_OFFSET } from '../../executor.ts';
import type { Address, Hex } from '../../hex.ts';
import { PriceCurve } from '../price-curve.ts';
import type { Pool, SwapQuote } from '../venue.ts';
import { DATA_OFFSET, encodeSwap, type Reserves } from './contract.ts';
import { getAmountIn, getAmountOut, stretchOf } from './pair-math.ts';

/** What never changes of a pair. */
export interface PairKey {
  readonly venue: string;
  readonly address: Address;
  /** token0 and token1, in the contract's order. */
  readonly tokens: readonly [Address, Address];
  /** Who receives the output and is called back for the input. */
  readonly executor: Address;
}

export interface UniswapV2Quote extends SwapQuote {
  readonly poolAfter: UniswapV2Pool;
}

/** Tokens that somebody sent to the pair without a swap are not counted before its next swap counts them. */
export class UniswapV2Pool implements Pool {
  readonly key: PairKey;
  readonly reserves: Reserves;

  constructor(key: PairKey, reserves: Reserves) {
    this.key = key;
    this.reserves = reserves;
  }

  get venue(): string {
    return this.key.venue;
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

  quoteExactIn(tokenIn: Address, amountIn: bigint): UniswapV2Quote | undefined {
    if (amountIn <= 0n) return undefined;
    const [reserveIn, reserveOut] = this.#reservesFor(tokenIn);
    return this.#quote(tokenIn, amountIn, getAmountOut(amountIn, reserveIn, reserveOut));
  }

  quoteExactOut(tokenOut: Address, amountOut: bigint): UniswapV2Quote | undefined {
    const tokenIn = this.#other(tokenOut);
    const [reserveIn, reserveOut] = this.#reservesFor(tokenIn);
    if (amountOut <= 0n || amountOut >= reserveOut) return undefined;
    return this.#quote(tokenIn, getAmountIn(amountOut, reserveIn, reserveOut), amountOut);
  }

  priceCurve(tokenIn: Address): PriceCurve {
    const [reserveIn, reserveOut] = this.#reservesFor(tokenIn);
    return new PriceCurve(reserveIn === 0n ? [] : [stretchOf(reserveIn, reserveOut, Number(SWAP_GAS))]);
  }

  /** Asks for what `amountIn` fetches in this state: in a worse one the pair refuses. */
  encodeExactIn(tokenIn: Address, amountIn: bigint, inner: readonly Call[] = []): Call {
    const amountOut = getAmountOut(amountIn, ...this.#reservesFor(tokenIn));
    return this.#swap(tokenIn, amountIn, amountOut, inner);
  }

  /** Asks for what `expectedIn` fetches; what the executor holds beyond that is the pair's. */
  encodeSellBalance(tokenIn: Address, expectedIn: bigint): Call {
    const spendBalance = { token: tokenIn, offset: DATA_OFFSET + PAIR_CALLBACK_AMOUNT_OFFSET };
    return { ...this.encodeExactIn(tokenIn, expectedIn), spendBalance };
  }

  /** Pays what `amountOut` costs in this state: in a worse one the pair refuses. */
  encodeExactOut(tokenOut: Address, amountOut: bigint, inner: readonly Call[]): Call {
    const tokenIn = this.#other(tokenOut);
    const amountIn = getAmountIn(amountOut, ...this.#reservesFor(tokenIn));
    return this.#swap(tokenIn, amountIn, amountOut, inner);
  }

  #isToken0(token: Address): boolean {
    return token === this.key.tokens[0];
  }

  #other(token: Address): Address {
    return this.key.tokens[this.#isToken0(token) ? 1 : 0];
  }

  /** Of the token that comes in, then of the one that goes out. */
  #reservesFor(tokenIn: Address): readonly [bigint, bigint] {
    const [reserve0, reserve1] = this.reserves;
    return this.#isToken0(tokenIn) ? [reserve0, reserve1] : [reserve1, reserve0];
  }

  #quote(tokenIn: Address, amountIn: bigint, amountOut: bigint): UniswapV2Quote | undefined {
    const [reserveIn, reserveOut] = this.#reservesFor(tokenIn);
    const [nextIn, nextOut] = [reserveIn + amountIn, reserveOut - amountOut];
    if (amountOut === 0n || nextIn > MAX_RESERVE) return undefined;
    const reserves: Reserves = this.#isToken0(tokenIn) ? [nextIn, nextOut] : [nextOut, nextIn];
    return { amountIn, amountOut, gasUsed: SWAP_GAS, poolAfter: new UniswapV2Pool(this.key, reserves) };
  }

  #swap(tokenIn: Address, amountIn: bigint, amountOut: bigint, inner: readonly Call[]): Call {
    const amountsOut = this.#isToken0(tokenIn) ? ([0n, amountOut] as const) : ([amountOut, 0n] as const);
    const data = encodePairCallback(tokenIn, amountIn, inner);
    return { target: this.address, data: encodeSwap(amountsOut, this.key.executor, data), callsBack: true };
  }
}

/** A pair counts in uint112, and reverts beyond. */
const MAX_RESERVE = (1n << 112n) - 1n;

/**
 * Of the pair's frame, payment in the callback included: UniswapV2Pair of @uniswap/v2-core@1.0.1 on anvil
 * 1.7.1 with plain ERC-20 tokens, called by the executor, which held none of the output before.
 */
const SWAP_GAS = 68_000n;
