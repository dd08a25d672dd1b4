import { uniswapV4 } from '../../../lib/venues/uniswap-v4/index.ts';
import { UniswapV4Pool } from '../../../lib/venues/uniswap-v4/pool.ts';
import {
  addPosition,
  createPool,
  type PoolTerms,
  sendSwap,
  startUniswapV4,
  swapEvent,
  type UniswapV4Market,
} from '../venues/uniswap-v4.ts';
import type { FuzzOptions, FuzzResult } from './fuzz.ts';
import type { Random } from './random.ts';
import { type TickMarket, TickPoolFuzz } from './tick-pools.ts';

/** Quotes, `poolAfter` and refusals of random Uniswap V4 pools against the real manager. */
export async function fuzzUniswapV4(options: FuzzOptions): Promise<FuzzResult> {
  const market = await startUniswapV4();
  try {
    return await new TickPoolFuzz(tickMarket(market), options).run();
  } finally {
    await market.evm.stop();
  }
}

/** Any fee up to nearly everything, any spacing, half of the pools with a protocol fee. */
function randomTerms(random: Random): PoolTerms {
  const protocolFee = () => (random.chance(0.5) ? 0 : random.integer(1, 1_000));
  return {
    fee: random.pick([0, 100, 500, 3_000, 10_000, random.integer(1, 100_000), random.integer(1, 999_000)]),
    tickSpacing: random.pick([1, 10, 60, 200, 1_000, 32_767]),
    protocolFees: [protocolFee(), protocolFee()],
  };
}

function tickMarket(market: UniswapV4Market): TickMarket<UniswapV4Pool> {
  const { evm, manager, tokens } = market;
  const addresses = tokens.map((token) => token.address);
  let terms: PoolTerms = { fee: 0, tickSpacing: 1, protocolFees: [0, 0] };
  return {
    evm,
    async open(random, sqrtPriceX96) {
      terms = randomTerms(random);
      await createPool(market, terms, sqrtPriceX96);
      return terms.tickSpacing;
    },
    addPosition: (random, range, depth) => addPosition(market, terms, range, random.amount(depth - 8, depth)),
    async read() {
      const venue = uniswapV4({ poolManager: manager.address, executor: evm.account, tiers: [terms] });
      const [pool] = await venue.read(evm.chain, addresses, await evm.blockNumber());
      return pool instanceof UniswapV4Pool ? pool : undefined;
    },
    send: (swap) => sendSwap(market, terms, swap),
    event: swapEvent,
  };
}
