import type { Receipt } from '../../../lib/chain.ts';
import { uniswapV2 } from '../../../lib/venues/uniswap-v2/index.ts';
import { UniswapV2Pool, type UniswapV2Quote } from '../../../lib/venues/uniswap-v2/pool.ts';
import {
  addReserves,
  pay,
  startUniswapV2,
  syncedReserves,
  take,
  type UniswapV2Market,
} from '../venues/uniswap-v2.ts';
import type { FuzzOptions, FuzzResult } from './fuzz.ts';
import { Random } from './random.ts';
import type { Swap } from './random-swap.ts';

/**
 * Random pairs and swaps on the real contracts: each quote is accepted by the pair, one unit more out or one
 * unit less in is refused by it, and `poolAfter` is what it then announces.
 */
export async function fuzzUniswapV2(options: FuzzOptions): Promise<FuzzResult> {
  const market = await startUniswapV2();
  try {
    return await new UniswapV2Fuzz(market, options).run();
  } finally {
    await market.evm.stop();
  }
}

const SWAPS_PER_PAIR = 60;
const SWAPS_PER_BLOCK = 20;

interface Quoted {
  readonly swap: Swap;
  readonly quote: UniswapV2Quote;
}

class UniswapV2Fuzz {
  readonly #market: UniswapV2Market;
  readonly #options: FuzzOptions;
  readonly #random: Random;
  readonly #counts = { pairs: 0, exactIn: 0, exactOut: 0, refused: 0 };
  #mismatches = 0;

  constructor(market: UniswapV2Market, options: FuzzOptions) {
    this.#market = market;
    this.#options = options;
    this.#random = new Random(options.seed);
  }

  async run(): Promise<FuzzResult> {
    while (this.#cases() < this.#options.cases) {
      const snapshot = await this.#market.evm.rpc('evm_snapshot');
      await this.#onePair();
      await this.#market.evm.rpc('evm_revert', [snapshot]);
    }
    return { cases: this.#cases(), mismatches: this.#mismatches, counts: this.#counts };
  }

  #cases(): number {
    return this.#counts.exactIn + this.#counts.exactOut + this.#counts.refused;
  }

  async #onePair(): Promise<void> {
    this.#counts.pairs += 1;
    await addReserves(this.#market, [this.#random.amount(11, 111), this.#random.amount(11, 111)]);
    await this.#market.evm.mine();
    const until = Math.min(this.#cases() + SWAPS_PER_PAIR, this.#options.cases);
    while (this.#cases() < until) await this.#oneBlock(await this.#read());
  }

  async #read(): Promise<UniswapV2Pool> {
    const { evm, factory, tokens } = this.#market;
    const venue = uniswapV2({ factory: factory.address, executor: evm.account });
    const addresses = tokens.map((token) => token.address);
    const [pool] = await venue.read(evm.chain, addresses, await evm.blockNumber());
    if (pool instanceof UniswapV2Pool) return pool;
    throw new Error('The pair that this run created was not found.');
  }

  /** Swaps chained by `poolAfter`, up to the first refusal. */
  async #oneBlock(pool: UniswapV2Pool): Promise<void> {
    const quoted: Quoted[] = [];
    let current = pool;
    while (quoted.length < SWAPS_PER_BLOCK) {
      const swap = this.#swap(current);
      const quote = quoteOf(current, swap);
      if (quote === undefined) {
        if (quoted.length === 0) await this.#checkRefusal(swap);
        break;
      }
      quoted.push({ swap, quote });
      current = quote.poolAfter;
    }
    await this.#checkSwaps(quoted);
  }

  /** Sizes up to a little more than the reserve of the token that is fixed. */
  #swap({ tokens, reserves }: UniswapV2Pool): Swap {
    const side = this.#random.pick([0, 1] as const);
    const [tokenIn, tokenOut] = side === 0 ? tokens : [tokens[1], tokens[0]];
    const kind = this.#random.pick(['exactIn', 'exactOut'] as const);
    const reserve = (side === 0) === (kind === 'exactIn') ? reserves[0] : reserves[1];
    return { tokenIn, tokenOut, kind, amount: this.#random.amount(0, reserve.toString(2).length + 1) };
  }

  async #checkSwaps(quoted: readonly Quoted[]): Promise<void> {
    for (const one of quoted) await this.#send(one);
    const receipts = await this.#market.evm.mine();
    for (const [index, { swap, quote }] of quoted.entries()) {
      this.#counts[swap.kind] += 1;
      const [, greedy, , honest] = receipts.slice(4 * index);
      if (!isAsQuoted(quote, greedy, honest)) this.#differs(swap, quote);
    }
  }

  /** Pays, asks for too much, pays what is missing, asks for what was quoted. */
  async #send({ swap, quote: { amountIn, amountOut } }: Quoted): Promise<void> {
    const missing = swap.kind === 'exactOut' ? 1n : 0n;
    await pay(this.#market, swap.tokenIn, amountIn - missing);
    await take(this.#market, swap.tokenOut, swap.kind === 'exactIn' ? amountOut + 1n : amountOut);
    await pay(this.#market, swap.tokenIn, missing);
    await take(this.#market, swap.tokenOut, amountOut);
  }

  /** Right where the pair gives nothing at all for the input, or refuses the output whatever is paid. */
  async #checkRefusal(swap: Swap): Promise<void> {
    this.#counts.refused += 1;
    const snapshot = await this.#market.evm.rpc('evm_snapshot');
    const isSale = swap.kind === 'exactIn';
    await pay(this.#market, swap.tokenIn, isSale ? swap.amount : 1n << 111n);
    await take(this.#market, swap.tokenOut, isSale ? 1n : swap.amount);
    const [, taken] = await this.#market.evm.mine();
    if (taken?.succeeded !== false) this.#differs(swap, undefined);
    await this.#market.evm.rpc('evm_revert', [snapshot]);
  }

  #differs(swap: Swap, quote: UniswapV2Quote | undefined): void {
    this.#mismatches += 1;
    const write = (_: string, value: unknown) => (typeof value === 'bigint' ? value.toString() : value);
    this.#options.report(`seed ${this.#options.seed}: ${JSON.stringify({ swap, quote }, write)}`);
  }
}

function quoteOf(pool: UniswapV2Pool, swap: Swap): UniswapV2Quote | undefined {
  return swap.kind === 'exactIn'
    ? pool.quoteExactIn(swap.tokenIn, swap.amount)
    : pool.quoteExactOut(swap.tokenOut, swap.amount);
}

function isAsQuoted(
  quote: UniswapV2Quote,
  greedy: Receipt | undefined,
  honest: Receipt | undefined,
): boolean {
  if (greedy === undefined || greedy.succeeded || !honest?.succeeded) return false;
  const [reserve0, reserve1] = syncedReserves(honest);
  return reserve0 === quote.poolAfter.reserves[0] && reserve1 === quote.poolAfter.reserves[1];
}
