import {
  getSqrtRatioAtTick,
  getTickAtSqrtRatio,
} from '../../../lib/venues/concentrated-liquidity/tick-math.ts';
import { uniswapV3 } from '../../../lib/venues/uniswap-v3/index.ts';
import { UniswapV3Pool, type UniswapV3Quote } from '../../../lib/venues/uniswap-v3/pool.ts';
import { REACH_TICKS } from '../../../lib/venues/uniswap-v3/read.ts';
import {
  addPosition,
  createPool,
  quotedPriceAfter,
  type SwapEvent,
  sendSwap,
  startUniswapV3,
  swapEvent,
  type UniswapV3Market,
} from '../venues/uniswap-v3.ts';
import type { FuzzOptions, FuzzResult } from './fuzz.ts';
import { Random } from './random.ts';
import { randomSwap, type Swap } from './random-swap.ts';

/**
 * Random pools and swaps on the real contracts: each quote and each `poolAfter` against the pool's own event,
 * each refusal against the real quoter.
 */
export async function fuzzUniswapV3(options: FuzzOptions): Promise<FuzzResult> {
  const market = await startUniswapV3();
  try {
    return await new UniswapV3Fuzz(market, options).run();
  } finally {
    await market.evm.stop();
  }
}

const SPACINGS = { 100: 1, 500: 10, 3000: 60, 10000: 200 } as const;
const FEES = [100, 500, 3000, 10000] as const;
const SWAPS_PER_POOL = 60;
const SWAPS_PER_BLOCK = 15;

/** One random pool: its fee, and the ticks at which something may happen. */
interface World {
  readonly fee: (typeof FEES)[number];
  readonly ticks: readonly [number, ...number[]];
}

interface Quoted {
  readonly swap: Swap;
  readonly quote: UniswapV3Quote;
}

class UniswapV3Fuzz {
  readonly #market: UniswapV3Market;
  readonly #options: FuzzOptions;
  readonly #random: Random;
  readonly #counts = { pools: 0, exactIn: 0, exactOut: 0, refused: 0, liquidityChanged: 0 };
  #mismatches = 0;

  constructor(market: UniswapV3Market, options: FuzzOptions) {
    this.#market = market;
    this.#options = options;
    this.#random = new Random(options.seed);
  }

  async run(): Promise<FuzzResult> {
    while (this.#cases() < this.#options.cases) {
      const snapshot = await this.#market.evm.rpc('evm_snapshot');
      await this.#onePool(await this.#createWorld());
      await this.#market.evm.rpc('evm_revert', [snapshot]);
    }
    return { cases: this.#cases(), mismatches: this.#mismatches, counts: this.#counts };
  }

  #cases(): number {
    return this.#counts.exactIn + this.#counts.exactOut + this.#counts.refused;
  }

  async #createWorld(): Promise<World> {
    const random = this.#random;
    const fee = random.pick(FEES);
    const tick = random.chance(0.8) ? random.integer(-80_000, 80_000) : random.integer(-600_000, 600_000);
    const within = random.chance(0.2) ? 0n : random.amount(1, 60);
    await createPool(this.#market, fee, getSqrtRatioAtTick(tick) + within);
    const ranges = Array.from({ length: random.integer(1, 12) }, () => this.#range(tick, SPACINGS[fee]));
    const depth = random.integer(16, 100);
    for (const [tickLower, tickUpper] of ranges) {
      const amounts = { amount0: random.amount(depth - 8, depth), amount1: random.amount(depth - 8, depth) };
      await addPosition(this.#market, fee, { tickLower, tickUpper, ...amounts });
    }
    await this.#market.evm.mine();
    this.#counts.pools += 1;
    return { fee, ticks: [tick, ...ranges.flat()] };
  }

  /** Now and then the full range, else anything around the price, mostly narrow; gaps arise by themselves. */
  #range(tick: number, spacing: number): readonly [number, number] {
    const most = Math.floor(887_272 / spacing) * spacing;
    if (this.#random.chance(0.15)) return [-most, most];
    const aligned = (t: number) =>
      Math.min(Math.max(Math.round(t / spacing) * spacing, -most), most - spacing);
    const width = spacing * this.#random.pick([1, 2, 5, 20, 100, 400]);
    const lower = aligned(tick + this.#random.integer(-2 * width, width));
    return [lower, Math.min(lower + width, most)];
  }

  /** A few blocks of swaps; the pool is read anew before each block. */
  async #onePool(world: World): Promise<void> {
    const until = Math.min(this.#cases() + SWAPS_PER_POOL, this.#options.cases);
    while (this.#cases() < until) {
      const pool = await this.#read();
      if (pool === undefined || !(await this.#oneBlock(world, pool))) return;
    }
  }

  async #read(): Promise<UniswapV3Pool | undefined> {
    const { evm, factory, tokens } = this.#market;
    const venue = uniswapV3({ factory: factory.address, executor: evm.account });
    const addresses = tokens.map((token) => token.address);
    const [pool] = await venue.read(evm.chain, addresses, await evm.blockNumber());
    return pool instanceof UniswapV3Pool ? pool : undefined;
  }

  /** Swaps chained by `poolAfter`, up to the first refusal; whether the pool took any. */
  async #oneBlock(world: World, pool: UniswapV3Pool): Promise<boolean> {
    const quoted: Quoted[] = [];
    let current = pool;
    while (quoted.length < SWAPS_PER_BLOCK) {
      const swap = randomSwap(this.#random, current, world.ticks);
      const quote = quoteOf(current, swap);
      if (quote === undefined) {
        if (quoted.length === 0) await this.#checkRefusal(world, pool, swap);
        if (quoted.length > 0 || this.#random.chance(0.2)) break;
      } else {
        quoted.push({ swap, quote });
        current = quote.poolAfter;
      }
    }
    await this.#checkSwaps(world, quoted);
    return quoted.length > 0;
  }

  async #checkSwaps(world: World, quoted: readonly Quoted[]): Promise<void> {
    for (const { swap } of quoted) await sendSwap(this.#market, world.fee, swap);
    const receipts = await this.#market.evm.mine();
    for (const [index, { swap, quote }] of quoted.entries()) {
      const receipt = receipts[index];
      const real = receipt?.succeeded ? swapEvent(receipt) : undefined;
      const expected = eventOf(swap, quote);
      this.#counts[swap.kind] += 1;
      if (expected.liquidity !== quoted[index - 1]?.quote.poolAfter.curve.liquidity)
        this.#counts.liquidityChanged += 1;
      if (real === undefined || !sameEvent(real, expected)) this.#differs(world, swap, { expected, real });
    }
  }

  /** Right where the real swap reverts, stops at the price limit, or leaves the window that was read. */
  async #checkRefusal(world: World, pool: UniswapV3Pool, swap: Swap): Promise<void> {
    this.#counts.refused += 1;
    const price = await quotedPriceAfter(this.#market, world.fee, swap);
    if (price === undefined) return;
    const moved = Math.abs(getTickAtSqrtRatio(price) - pool.curve.tick);
    if (moved < REACH_TICKS) this.#differs(world, swap, { expected: 'refused', price });
  }

  #differs(world: World, swap: Swap, what: Readonly<Record<string, unknown>>): void {
    this.#mismatches += 1;
    const write = (_: string, value: unknown) => (typeof value === 'bigint' ? value.toString() : value);
    this.#options.report(`seed ${this.#options.seed}: ${JSON.stringify({ world, swap, ...what }, write)}`);
  }
}

function quoteOf(pool: UniswapV3Pool, swap: Swap): UniswapV3Quote | undefined {
  return swap.kind === 'exactIn'
    ? pool.quoteExactIn(swap.tokenIn, swap.amount)
    : pool.quoteExactOut(swap.tokenOut, swap.amount);
}

function eventOf(swap: Swap, { amountIn, amountOut, poolAfter }: UniswapV3Quote): SwapEvent {
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
