import type { Call } from '../../call.ts';
import { address, boolean, bytes, type Encoded, encodeCall, integer, tuple } from '../../ethereum/abi.ts';
import { encodeSwapCallback } from '../../executor.ts';
import type { Address, Hex } from '../../hex.ts';
import type { LiquidityCurve, Trade } from '../concentrated-liquidity/liquidity-curve.ts';
import type { SwapGas } from '../concentrated-liquidity/stretches.ts';
import { MAX_SQRT_RATIO, MIN_SQRT_RATIO } from '../concentrated-liquidity/tick-math.ts';
import type { PriceCurve } from '../price-curve.ts';
import type { Pool, SwapQuote } from '../venue.ts';
import { encodedKey, type PoolKey } from './pool-key.ts';

/** What never changes of a pool. */
export interface PoolIdentity {
  readonly poolManager: Address;
  readonly id: Hex;
  readonly key: PoolKey;
  readonly executor: Address;
  /** What the executor holds for a pool of ether itself; absent for a pool of two ERC-20 tokens. */
  readonly weth?: Address | undefined;
}

export interface UniswapV4Quote extends SwapQuote {
  readonly poolAfter: UniswapV4Pool;
}

/**
 * Every call unlocks the manager, swaps, takes the output, runs `inner`, and leaves the input to be settled by
 * the executor. The manager unlocks for one at a time: no `inner` may hold another V4 pool's call.
 */
export class UniswapV4Pool implements Pool {
  readonly venue = 'uniswap-v4';
  readonly identity: PoolIdentity;
  readonly curve: LiquidityCurve;

  constructor(identity: PoolIdentity, curve: LiquidityCurve) {
    this.identity = identity;
    this.curve = curve;
  }

  get id(): Hex {
    return this.identity.id;
  }

  get address(): Address {
    return this.identity.poolManager;
  }

  /** In the order of the pool's currencies: ether comes first, whatever the address of WETH. */
  get tokens(): readonly [Address, Address] {
    const { currency0, currency1 } = this.identity.key;
    return [this.identity.weth ?? currency0, currency1];
  }

  quoteExactIn(tokenIn: Address, amountIn: bigint): UniswapV4Quote | undefined {
    return this.#quote(this.curve.exactIn(this.#isToken0(tokenIn), amountIn));
  }

  quoteExactOut(tokenOut: Address, amountOut: bigint): UniswapV4Quote | undefined {
    return this.#quote(this.curve.exactOut(!this.#isToken0(tokenOut), amountOut));
  }

  priceCurve(tokenIn: Address): PriceCurve {
    return this.curve.priceCurve(this.#isToken0(tokenIn), this.#gas);
  }

  /** Takes what `amountIn` fetches in this state: in any other the manager refuses to lock. */
  encodeExactIn(tokenIn: Address, amountIn: bigint, inner: readonly Call[] = []): Call {
    const zeroForOne = this.#isToken0(tokenIn);
    const amountOut = this.curve.exactIn(zeroForOne, amountIn)?.amountOut ?? 0n;
    return this.#unlock(zeroForOne, -amountIn, amountOut, inner);
  }

  /**
   * Sells `expectedIn`; what the executor holds beyond that stays there. The manager reads an exact input as
   * a negative number, and the executor writes its balance as a positive one.
   */
  encodeSellBalance(tokenIn: Address, expectedIn: bigint): Call {
    return this.encodeExactIn(tokenIn, expectedIn);
  }

  encodeExactOut(tokenOut: Address, amountOut: bigint, inner: readonly Call[]): Call {
    return this.#unlock(!this.#isToken0(tokenOut), amountOut, amountOut, inner);
  }

  get #gas(): SwapGas {
    return this.identity.weth === undefined ? GAS : ETHER_GAS;
  }

  #isToken0(token: Address): boolean {
    return token === this.tokens[0];
  }

  #quote(trade: Trade | undefined): UniswapV4Quote | undefined {
    if (trade === undefined) return undefined;
    const { amountIn, amountOut } = trade;
    if (amountIn > MAX_DELTA || amountOut > MAX_DELTA) return undefined;
    const { swap, tick, edge } = this.#gas;
    return {
      amountIn,
      amountOut,
      gasUsed: BigInt(swap + trade.ticksCrossed * tick + trade.edgesPassed * edge),
      poolAfter: new UniswapV4Pool(this.identity, trade.after),
    };
  }

  /** @param amountSpecified negative: exactly this input; positive: exactly this output */
  #unlock(zeroForOne: boolean, amountSpecified: bigint, amountOut: bigint, inner: readonly Call[]): Call {
    const { currency0, currency1 } = this.identity.key;
    const [tokenIn, tokenOut] = zeroForOne ? [currency0, currency1] : [currency1, currency0];
    const limit = zeroForOne ? MIN_SQRT_RATIO + 1n : MAX_SQRT_RATIO - 1n;
    const params = [boolean(zeroForOne), integer(amountSpecified), integer(limit)];
    const calls = [
      this.#call(SWAP, [encodedKey(this.identity.key), tuple(params), bytes('0x')]),
      this.#call(TAKE, [address(tokenOut), address(this.identity.executor), integer(amountOut)]),
      ...inner,
    ];
    return { ...this.#call(UNLOCK, [bytes(encodeSwapCallback(tokenIn, calls))]), callsBack: true };
  }

  #call(selector: Hex, values: readonly Encoded[]): Call {
    return { target: this.address, data: encodeCall(selector, values) };
  }
}

/** Of @uniswap/v4-core@1.0.2 src/interfaces/IPoolManager.sol: `unlock(bytes)`, then what it lets us do. */
const UNLOCK = '0x48c89491';
/** swap((address,address,uint24,int24,address),(bool,int256,uint160),bytes) */
const SWAP = '0xf3cd914c';
/** take(address,address,uint256) */
const TAKE = '0x0b0d9c09';

/** The manager counts what it owes and is owed in int128, and reverts beyond. */
const MAX_DELTA = (1n << 127n) - 1n;

/**
 * Of the whole unlock, settlement included, without `inner`. PoolManager of @uniswap/v4-core@1.0.2 on anvil
 * 1.7.1 with plain ERC-20 tokens: the base as called by the executor, which held none of the output before;
 * the rest fitted to 60 swaps over 0 to 40 ticks, within 4,000.
 */
const GAS: SwapGas = { swap: 91_000, tick: 16_000, edge: 4_000 };
/** With WETH unwrapped to pay, or ether wrapped as it comes: contracts/gas.snapshot.json has both. */
const ETHER_GAS: SwapGas = { ...GAS, swap: 95_000 };
