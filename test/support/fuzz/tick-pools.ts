import type { Receipt } from '../../../lib/chain.ts';
import {
  getSqrtRatioAtTick,
  getTickAtSqrtRatio,
  MAX_TICK,
} from '../../../lib/venues/concentrated-liquidity/tick-math.ts';
import { REACH_TICKS } from '../../../lib/venues/concentrated-liquidity/tick-window.ts';
import type { Evm } from '../evm.ts';
import type { FuzzOptions, FuzzResult } from './fuzz.ts';
import { Random } from './random.ts';
import { randomSwap, type Swap, type TickPool } from './random-swap.ts';

/** The real contracts of a venue with ticks, and the product's own reader of them. */
export interface TickMarket<P extends QuotingPool<P>> {
  readonly evm: Evm;
  /** Creates a pool of a kind chosen at random; returns its spacing. */
  open(random: Random, sqrtPriceX96: bigint): Promise<number>;
  /** Queues liquidity of 2^(depth - 8) to 2^depth; it may be refused. */
  addPosition(random: Random, range: TickRange, depth: number): Promise<void>;
  read(): Promise<P | undefined>;
  /** Queues it, with no limit on its price. */
  send(swap: Swap): Promise<void>;
  event(receipt: Receipt): SwapEvent;
}

export interface QuotingPool<P> extends TickPool {
  quoteExactIn(tokenIn: string, amountIn: bigint): Quote<P> | undefined;
  quoteExactOut(tokenOut: string, amountOut: bigint): Quote<P> | undefined;
}

interface Quote<P> {
  readonly amountIn: bigint;
  readonly amountOut: bigint;
  readonly poolAfter: P;
}

export interface TickRange {
  readonly tickLower: number;
  readonly tickUpper: number;
}

/** What a pool announces of a swap; amounts are the pool's, positive where it received. */
export interface SwapEvent {
  readonly amount0: bigint;
  readonly amount1: bigint;
  readonly sqrtPriceX96: bigint;
  readonly liquidity: bigint;
  readonly tick: number;
}

const SWAPS_PER_POOL = 60;
const SWAPS_PER_BLOCK = 15;

interface Quoted<P> {
  readonly swap: Swap;
  readonly quote: Quote<P>;
}

/**
 * Random pools and swaps: each quote and each `poolAfter` against what the real pool announces, each refusal
 * against what it really does.
 */
export class TickPoolFuzz<P extends QuotingPool<P>> {
  readonly #market: TickMarket<P>;
  readonly #options: FuzzOptions;
  readonly #random: Random;
  readonly #counts = { pools: 0, exactIn: 0, exactOut: 0, refused: 0, liquidityChanged: 0 };
  #mismatches = 0;

  constructor(market: TickMarket<P>, options: FuzzOptions) {
    this.#market = market;
    this.#options = options;
    this.#random = new Random(options.seed);
  }

  async run(): Promise<FuzzResult> {
    while (this.#cases() < this.#options.cases) {
      const snapshot = await this.#market.evm.rpc('evm_snapshot');
      await this.#swapIn(await this.#openPool());
      await this.#market.evm.rpc('evm_revert', [snapshot]);
    }
    return { cases: this.#cases(), mismatches: this.#mismatches, counts: this.#counts };
  }

  #cases(): number {
    return this.#counts.exactIn + this.#counts.exactOut + this.#counts.refused;
  }

  /** Returns the ticks at which something may happen. */
  async #openPool(): Promise<readonly [number, ...number[]]> {
    const random = this.#random;
    const tick = random.chance(0.8) ? random.integer(-80_000, 80_000) : random.integer(-600_000, 600_000);
    const within = random.chance(0.2) ? 0n : random.amount(1, 60);
    const spacing = await this.#market.open(random, getSqrtRatioAtTick(tick) + within);
    const ranges = Array.from({ length: random.integer(1, 12) }, () => this.#range(tick, spacing));
    const depth = random.integer(16, 100);
    for (const range of ranges) await this.#market.addPosition(random, range, depth);
    await this.#market.evm.mine();
    this.#counts.pools += 1;
    return [tick, ...ranges.flatMap(({ tickLower, tickUpper }) => [tickLower, tickUpper])];
  }

  /** Now and then the full range, else anything around the price, mostly narrow; gaps arise by themselves. */
  #range(tick: number, spacing: number): TickRange {
    const most = Math.floor(MAX_TICK / spacing) * spacing;
    if (this.#random.chance(0.15)) return { tickLower: -most, tickUpper: most };
    const width = spacing * this.#random.pick([1, 2, 5, 20, 100, 400]);
    const wanted = Math.round((tick + this.#random.integer(-2 * width, width)) / spacing) * spacing;
    const tickLower = Math.min(Math.max(wanted, -most), most - spacing);
    return { tickLower, tickUpper: Math.min(tickLower + width, most) };
  }

  /** A few blocks of swaps; the pool is read anew before each block. */
  async #swapIn(ticks: readonly [number, ...number[]]): Promise<void> {
    const until = Math.min(this.#cases() + SWAPS_PER_POOL, this.#options.cases);
    while (this.#cases() < until) {
      const pool = await this.#market.read();
      if (pool === undefined || !(await this.#oneBlock(ticks, pool))) return;
    }
  }

  /** Swaps chained by `poolAfter`, up to the first refusal; whether the pool took any. */
  async #oneBlock(ticks: readonly [number, ...number[]], pool: P): Promise<boolean> {
    const quoted: Quoted<P>[] = [];
    let current = pool;
    while (quoted.length < SWAPS_PER_BLOCK) {
      const swap = randomSwap(this.#random, current, ticks);
      const quote = quoteOf(current, swap);
      if (quote === undefined) {
        if (quoted.length === 0) await this.#checkRefusal(pool, swap);
        if (quoted.length > 0 || this.#random.chance(0.2)) break;
      } else {
        quoted.push({ swap, quote });
        current = quote.poolAfter;
      }
    }
    await this.#checkSwaps(pool, quoted);
    return quoted.length > 0;
  }

  async #checkSwaps(pool: P, quoted: readonly Quoted<P>[]): Promise<void> {
    for (const { swap } of quoted) await this.#market.send(swap);
    const receipts = await this.#market.evm.mine();
    let { liquidity } = pool.curve;
    for (const [index, { swap, quote }] of quoted.entries()) {
      const receipt = receipts[index];
      const real = receipt?.succeeded ? this.#market.event(receipt) : undefined;
      const expected = eventOf(swap, quote);
      this.#counts[swap.kind] += 1;
      if (expected.liquidity !== liquidity) this.#counts.liquidityChanged += 1;
      if (real === undefined || !sameEvent(real, expected)) this.#differs(pool, swap, { expected, real });
      liquidity = expected.liquidity;
    }
  }

  /** Right where the real swap reverts, stops at the price limit, or leaves the window that was read. */
  async #checkRefusal(pool: P, swap: Swap): Promise<void> {
    this.#counts.refused += 1;
    const snapshot = await this.#market.evm.rpc('evm_snapshot');
    await this.#market.send(swap);
    const [receipt] = await this.#market.evm.mine();
    const real = receipt?.succeeded ? this.#market.event(receipt) : undefined;
    if (real !== undefined && isWhole(real, pool, swap) && !leavesWindow(real, pool)) {
      this.#differs(pool, swap, { expected: 'refused', real });
    }
    await this.#market.evm.rpc('evm_revert', [snapshot]);
  }

  #differs(pool: P, swap: Swap, what: Readonly<Record<string, unknown>>): void {
    this.#mismatches += 1;
    const { sqrtPriceX96, tick, liquidity } = pool.curve;
    const case_ = { seed: this.#options.seed, pool: { sqrtPriceX96, tick, liquidity }, swap, ...what };
    this.#options.report(
      JSON.stringify(case_, (_, value) => (typeof value === 'bigint' ? String(value) : value)),
    );
  }
}

function quoteOf<P extends QuotingPool<P>>(pool: P, { kind, tokenIn, tokenOut, amount }: Swap) {
  return kind === 'exactIn' ? pool.quoteExactIn(tokenIn, amount) : pool.quoteExactOut(tokenOut, amount);
}

function eventOf<P extends TickPool>(swap: Swap, { amountIn, amountOut, poolAfter }: Quote<P>): SwapEvent {
  const zeroForOne = swap.tokenIn === poolAfter.tokens[0];
  const { sqrtPriceX96, liquidity, tick } = poolAfter.curve;
  const [amount0, amount1] = zeroForOne ? [amountIn, -amountOut] : [-amountOut, amountIn];
  return { amount0, amount1, sqrtPriceX96, liquidity, tick };
}

function sameEvent(a: SwapEvent, b: SwapEvent): boolean {
  return (
    a.amount0 === b.amount0 &&
    a.amount1 === b.amount1 &&
    a.sqrtPriceX96 === b.sqrtPriceX96 &&
    a.liquidity === b.liquidity &&
    a.tick === b.tick
  );
}

/** Whether the real swap took, or gave, all that was asked. */
function isWhole({ amount0, amount1 }: SwapEvent, { tokens }: TickPool, swap: Swap): boolean {
  const [received, paid] = swap.tokenIn === tokens[0] ? [amount0, -amount1] : [amount1, -amount0];
  return (swap.kind === 'exactIn' ? received : paid) === swap.amount;
}

function leavesWindow({ sqrtPriceX96 }: SwapEvent, { curve }: TickPool): boolean {
  return Math.abs(getTickAtSqrtRatio(sqrtPriceX96) - curve.tick) >= REACH_TICKS;
}
