import type { Chain, ContractRead } from '../../chain.ts';
import type { Address } from '../../hex.ts';
import { LiquidityCurve } from '../concentrated-liquidity/liquidity-curve.ts';
import {
  type InitialisedTick,
  REACH_TICKS,
  tickWindow,
  type WordRange,
  wordsAround,
  wordsOf,
} from '../concentrated-liquidity/tick-window.ts';
import { tokenPairs } from '../token-pairs.ts';
import * as contract from './contract.ts';
import { UniswapV3Pool } from './pool.ts';

export interface UniswapV3Config {
  readonly factory: Address;
  /** Receives what is bought, and pays when called back. */
  readonly executor: Address;
  /** Fee tiers to look for, in hundredths of a bip. */
  readonly fees: readonly number[];
}

/** In four batches: which pools exist, their prices, the tick bitmaps around these, the ticks. */
export async function read(
  { factory, executor, fees }: UniswapV3Config,
  chain: Chain,
  tokens: readonly Address[],
  blockNumber: number,
): Promise<readonly UniswapV3Pool[]> {
  const sought = tokenPairs(tokens).flatMap((pair) => fees.map((fee) => ({ tokens: pair, fee })));
  const found = await chain.readAll(
    sought.map((one) => contract.getPool(factory, one.tokens, one.fee)),
    blockNumber,
  );
  const named = sought.flatMap((one, index) => withAddress(one, found[index]));
  const addresses = named.map((pool) => pool.address);
  const [slot0s, liquidities, spacings] = await Promise.all([
    chain.readAll(addresses.map(contract.slot0), blockNumber),
    chain.readAll(addresses.map(contract.liquidity), blockNumber),
    chain.readAll(addresses.map(contract.tickSpacing), blockNumber),
  ]);
  const priced = named.flatMap((pool, index) =>
    withState(pool, slot0s[index], liquidities[index], spacings[index]),
  );
  const ticks = await chain.readAll(priced.flatMap(bitmapsOf), blockNumber);
  const initialised = await chain.readAll(ticks.flat().map(contract.ticks), blockNumber);
  return priced.map((pool) => poolOf(pool, executor, initialised));
}

interface Sought {
  readonly tokens: readonly [Address, Address];
  readonly fee: number;
}

interface Named extends Sought {
  readonly address: Address;
}

interface Priced extends Named, contract.Slot0 {
  readonly liquidity: bigint;
  readonly tickSpacing: number;
  readonly words: WordRange;
}

type ReadTick = contract.PoolTick & InitialisedTick;

function withAddress(pool: Sought, address: Address | undefined): readonly Named[] {
  return address === undefined ? [] : [{ ...pool, address }];
}

/** Nothing for a pool without a price: nobody has initialised it. */
function withState(
  pool: Named,
  slot0: contract.Slot0 | undefined,
  liquidity: bigint | undefined,
  tickSpacing: number | undefined,
): readonly Priced[] {
  if (slot0 === undefined || liquidity === undefined || tickSpacing === undefined) return [];
  if (slot0.sqrtPriceX96 === 0n) return [];
  const words = wordsAround(slot0.tick, tickSpacing, REACH_TICKS);
  return [{ ...pool, ...slot0, liquidity, tickSpacing, words }];
}

function bitmapsOf({
  address,
  tickSpacing,
  words,
}: Priced): readonly ContractRead<readonly contract.PoolTick[]>[] {
  return wordsOf(words).map((word) => contract.tickBitmap(address, word, tickSpacing));
}

function poolOf(pool: Priced, executor: Address, initialised: readonly ReadTick[]): UniswapV3Pool {
  const { address, tokens, tickSpacing, words } = pool;
  const fee = BigInt(pool.fee);
  const own = initialised.filter((tick) => tick.pool === address);
  const curve = new LiquidityCurve(
    tickWindow(words, tickSpacing, own),
    { zeroForOne: fee, oneForZero: fee },
    pool,
  );
  return new UniswapV3Pool({ address, tokens, executor }, curve);
}
