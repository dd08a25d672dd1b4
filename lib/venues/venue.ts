import type { Call } from '../call.ts';
import type { Chain } from '../chain.ts';
import type { Address, Hex } from '../hex.ts';
import type { PriceCurve } from './price-curve.ts';

/** A kind of exchange. `read` awaits, batched and pinned to one block; a `Pool` answers synchronously. */
export interface Venue {
  readonly id: string;
  /** Every pool of this venue that trades one of `tokens` against another of them. */
  read(chain: Chain, tokens: readonly Address[], blockNumber: number): Promise<readonly Pool[]>;
}

/** One pool in one state, equal to the contract to the wei. Trading returns the pool as it is afterwards. */
export interface Pool {
  readonly venue: string;
  /** Names it among all pools: its address, or what its contract calls it where one contract keeps many. */
  readonly id: Hex;
  /** The contract that our calls go to. */
  readonly address: Address;
  readonly tokens: readonly [Address, Address];
  /** `undefined` where the pool cannot take the whole amount. */
  quoteExactIn(tokenIn: Address, amountIn: bigint): SwapQuote | undefined;
  /** `undefined` where the pool cannot give the whole amount. */
  quoteExactOut(tokenOut: Address, amountOut: bigint): SwapQuote | undefined;
  /** All that it gives for `tokenIn`, in floating point, gas included: to choose by. */
  priceCurve(tokenIn: Address): PriceCurve;
  /**
   * Sells exactly `amountIn`, to the executor. The pool pays out first and is paid after `inner` has run: a
   * flash-swap where `inner` is not empty. The pool is locked while `inner` runs. Where a contract must be told
   * both amounts, the call holds those of this state, and fails in a worse one.
   */
  encodeExactIn(tokenIn: Address, amountIn: bigint, inner?: readonly Call[]): Call;
  /** Sells all that the executor holds of `tokenIn` when the call runs; `expectedIn` or a little more. */
  encodeSellBalance(tokenIn: Address, expectedIn: bigint): Call;
  /** Buys exactly `amountOut`; otherwise as `encodeExactIn`. */
  encodeExactOut(tokenOut: Address, amountOut: bigint, inner: readonly Call[]): Call;
}

export interface SwapQuote {
  readonly amountIn: bigint;
  readonly amountOut: bigint;
  readonly gasUsed: bigint;
  readonly poolAfter: Pool;
}
