import { ZeroAddress } from 'ethers';
import type { Chain, ContractRead } from '../../chain.ts';
import type { Address, Hex } from '../../hex.ts';
import { LiquidityCurve, type SwapFees } from '../concentrated-liquidity/liquidity-curve.ts';
import { PIPS } from '../concentrated-liquidity/swap-math.ts';
import {
  type InitialisedTick,
  REACH_TICKS,
  tickWindow,
  type WordRange,
  wordsAround,
  wordsOf,
} from '../concentrated-liquidity/tick-window.ts';
import { type TokenPair, tokenPairs } from '../token-pairs.ts';
import { UniswapV4Pool } from './pool.ts';
import { type PoolKey, poolId, poolKey } from './pool-key.ts';
import * as storage from './storage.ts';
import { swapFees } from './swap-fees.ts';

/** One kind of pool to look for; anybody may create others. */
export interface Tier {
  /** Of the liquidity providers, in hundredths of a bip; static. */
  readonly fee: number;
  readonly tickSpacing: number;
}

export interface UniswapV4Config {
  readonly poolManager: Address;
  readonly executor: Address;
  readonly weth?: Address | undefined;
  readonly tiers: readonly Tier[];
}

/** In three batches: prices and liquidity, the tick bitmaps around the prices, the ticks. */
export async function read(
  { poolManager, executor, weth, tiers }: UniswapV4Config,
  chain: Chain,
  tokens: readonly Address[],
  blockNumber: number,
): Promise<readonly UniswapV4Pool[]> {
  const keys = [...tokenPairs(tokens), ...etherPairs(tokens, weth)].flatMap((pair) =>
    tiers.map(({ fee, tickSpacing }) => poolKey(pair, fee, tickSpacing)),
  );
  const ids = keys.map(poolId);
  const [slot0s, liquidities] = await Promise.all([
    chain.readAll(
      ids.map((id) => storage.slot0(poolManager, id)),
      blockNumber,
    ),
    chain.readAll(
      ids.map((id) => storage.liquidity(poolManager, id)),
      blockNumber,
    ),
  ]);
  const priced = keys.flatMap((key, index) => withState(key, ids[index], slot0s[index], liquidities[index]));
  const ticks = await chain.readAll(
    priced.flatMap((pool) => bitmapsOf(poolManager, pool)),
    blockNumber,
  );
  const initialised = await chain.readAll(
    ticks.flat().map((tick) => storage.ticks(poolManager, tick)),
    blockNumber,
  );
  return priced.map((pool) => {
    const { id, key } = pool;
    const held = key.currency0 === ZeroAddress ? weth : undefined;
    return new UniswapV4Pool({ poolManager, id, key, executor, weth: held }, curveOf(pool, initialised));
  });
}

/** What trades against WETH may trade against ether too: the zero address, below all others. */
const etherPairs = (tokens: readonly Address[], weth: Address | undefined): readonly TokenPair[] =>
  weth !== undefined && tokens.includes(weth)
    ? tokens.filter((token) => token !== weth).map((token): TokenPair => [ZeroAddress, token])
    : [];

interface Priced {
  readonly key: PoolKey;
  readonly id: Hex;
  readonly sqrtPriceX96: bigint;
  readonly tick: number;
  readonly liquidity: bigint;
  readonly fees: SwapFees;
  readonly words: WordRange;
}

/** Nothing for a pool that nobody initialised, and for one that keeps the whole input. */
function withState(
  key: PoolKey,
  id: Hex | undefined,
  slot0: storage.Slot0 | undefined,
  liquidity: bigint | undefined,
): readonly Priced[] {
  if (id === undefined || slot0 === undefined || liquidity === undefined) return [];
  const fees = swapFees(slot0);
  if (slot0.sqrtPriceX96 === 0n || fees.zeroForOne >= PIPS || fees.oneForZero >= PIPS) return [];
  const { sqrtPriceX96, tick } = slot0;
  return [
    { key, id, sqrtPriceX96, tick, liquidity, fees, words: wordsAround(tick, key.tickSpacing, REACH_TICKS) },
  ];
}

function bitmapsOf(
  manager: Address,
  { id, key, words }: Priced,
): readonly ContractRead<readonly storage.PoolTick[]>[] {
  return wordsOf(words).map((word) => storage.tickBitmap(manager, id, word, key.tickSpacing));
}

function curveOf(pool: Priced, initialised: readonly (storage.PoolTick & InitialisedTick)[]): LiquidityCurve {
  const own = initialised.filter((tick) => tick.id === pool.id);
  return new LiquidityCurve(tickWindow(pool.words, pool.key.tickSpacing, own), pool.fees, pool);
}
