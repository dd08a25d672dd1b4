import { uniswapV3 } from '../../../lib/venues/uniswap-v3/index.ts';
import { UniswapV3Pool } from '../../../lib/venues/uniswap-v3/pool.ts';
import {
  addPosition,
  createPool,
  sendSwap,
  startUniswapV3,
  swapEvent,
  type UniswapV3Market,
} from '../venues/uniswap-v3.ts';
import type { FuzzOptions, FuzzResult } from './fuzz.ts';
import { type TickMarket, TickPoolFuzz } from './tick-pools.ts';

/** Quotes, `poolAfter` and refusals of random Uniswap V3 pools against the real ones. */
export async function fuzzUniswapV3(options: FuzzOptions): Promise<FuzzResult> {
  const market = await startUniswapV3();
  try {
    return await new TickPoolFuzz(tickMarket(market), options).run();
  } finally {
    await market.evm.stop();
  }
}

const TIERS = [
  { fee: 100, spacing: 1 },
  { fee: 500, spacing: 10 },
  { fee: 3_000, spacing: 60 },
  { fee: 10_000, spacing: 200 },
] as const;

function tickMarket(market: UniswapV3Market): TickMarket<UniswapV3Pool> {
  const { evm, factory, tokens } = market;
  const venue = uniswapV3({ factory: factory.address, executor: evm.account });
  const addresses = tokens.map((token) => token.address);
  let fee = 0;
  return {
    evm,
    async open(random, sqrtPriceX96) {
      const tier = random.pick(TIERS);
      fee = tier.fee;
      await createPool(market, fee, sqrtPriceX96);
      return tier.spacing;
    },
    addPosition(random, range, depth) {
      const amount = () => random.amount(depth - 8, depth);
      return addPosition(market, fee, { ...range, amount0: amount(), amount1: amount() });
    },
    async read() {
      const [pool] = await venue.read(evm.chain, addresses, await evm.blockNumber());
      return pool instanceof UniswapV3Pool ? pool : undefined;
    },
    send: (swap) => sendSwap(market, fee, swap),
    event: swapEvent,
  };
}
