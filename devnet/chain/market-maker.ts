import { Interface, MaxUint256 } from 'ethers';
import type { Address, Hex } from '../../lib/hex.ts';
import { getAmountOut } from '../../lib/venues/uniswap-v2/pair-math.ts';
import { slot0 } from '../../lib/venues/uniswap-v4/storage.ts';
import type { Account } from './accounts.ts';
import type { Anvil } from './anvil.ts';
import { sqrtPriceX96At, squareRoot } from './pool-price.ts';
import { type Prices, START_PRICES } from './prices.ts';
import { readContract } from './read.ts';
import type { Script } from './script.ts';
import { type SignedTransaction, signTransaction } from './sign.ts';
import { acquire, amountOf, type Tokens, tokenInterface } from './tokens.ts';
import { pairInterface, type UniswapPair } from './uniswap-v2.ts';
import type { Uniswap, UniswapPool } from './uniswap-v3.ts';
import { encodeSwapTo, letTake, type UniswapV4, type UniswapV4Pool } from './uniswap-v4.ts';

export interface Markets {
  readonly chainId: number;
  readonly tokens: Tokens;
  readonly uniswap: Pick<Uniswap, 'swapRouter'>;
  readonly uniswapV4: Pick<UniswapV4, 'poolManager' | 'swapRouter'>;
  readonly pools: readonly UniswapPool[];
  readonly pairs: readonly UniswapPair[];
  readonly v4Pools: readonly UniswapV4Pool[];
  readonly accounts: { readonly marketMaker: Account };
}

const SWAP_GAS_LIMIT = 2_000_000;
/** In each token: more than moves any pool to any price of the crash. */
const PURSE_USD = 1_000_000_000;

const poolInterface = new Interface([
  'function slot0() view returns (uint160 sqrtPriceX96, int24 tick, uint16, uint16, uint16, uint8, bool)',
]);
const routerInterface = new Interface([
  'function exactInputSingle((address tokenIn, address tokenOut, uint24 fee, address recipient, uint256 deadline, uint256 amountIn, uint256 amountOutMinimum, uint160 sqrtPriceLimitX96)) payable returns (uint256)',
]);

/**
 * Swaps that bring every pool to the prices that the feeds are about to report: signed, not sent, one after
 * the other from the maker's next nonce. A pool that is
 * there already, to a millionth, gets none.
 */
export async function moveMarkets(
  anvil: Anvil,
  markets: Markets,
  prices: Prices,
): Promise<SignedTransaction[]> {
  const maker = markets.accounts.marketMaker;
  const nonce = Number(await anvil.rpc('eth_getTransactionCount', [maker.address, 'pending']));
  const { pools, pairs, v4Pools } = markets;
  const current = await Promise.all(pools.map((pool) => sqrtPriceX96Of(anvil, pool.address)));
  const reserves = await Promise.all(pairs.map(({ address }) => reservesOf(anvil, address)));
  const currentV4 = await Promise.all(v4Pools.map(({ id }) => v4PriceOf(anvil, markets, id)));
  const calls = [
    ...pools.flatMap((pool, index) => swapTo(markets, pool, current[index] ?? 0n, prices)),
    ...pairs.flatMap((pair, index) => tradeTo(markets, pair, reserves[index] ?? [1n, 1n], prices)),
    ...v4Pools.flatMap((pool, index) => v4SwapTo(markets, pool, currentV4[index] ?? 0n, prices)),
  ];
  return calls.map((call, index) =>
    signTransaction(maker, {
      ...{ chainId: markets.chainId, nonce: nonce + index, gasLimit: SWAP_GAS_LIMIT },
      ...call,
    }),
  );
}

/** Fills the maker's purse and lets the routers take from it. */
export function fundMarketMaker(
  script: Script,
  tokens: Tokens,
  maker: Address,
  routers: readonly Address[],
): void {
  for (const token of Object.values(tokens))
    acquire(script, token, maker, amountOf(token, PURSE_USD, START_PRICES));
  for (const router of routers) letTake(script, tokens, maker, router);
}

interface MakerCall {
  readonly to: Address;
  readonly data: Hex;
}

/** At most one swap: it sells without end, and the price limit ends it. */
function swapTo(markets: Markets, pool: UniswapPool, current: bigint, prices: Prices): MakerCall[] {
  const { tokens, accounts, uniswap } = markets;
  const [token0, token1] = [tokens[pool.token0], tokens[pool.token1]];
  const target = sqrtPriceX96At(token0, token1, prices);
  if (isNear(current, target)) return [];
  const [sold, bought] = target < current ? [token0, token1] : [token1, token0];
  const amountIn = amountOf(sold, PURSE_USD / 2, prices);
  const to = accounts.marketMaker.address;
  const params = [sold.address, bought.address, pool.fee, to, MaxUint256, amountIn, 0, target];
  return [{ to: uniswap.swapRouter, data: routerInterface.encodeFunctionData('exactInputSingle', [params]) }];
}

function v4SwapTo(markets: Markets, pool: UniswapV4Pool, current: bigint, prices: Prices): MakerCall[] {
  const { tokens, uniswapV4 } = markets;
  const [token0, token1] = [tokens[pool.token0], tokens[pool.token1]];
  const target = sqrtPriceX96At(token0, token1, prices);
  if (isNear(current, target)) return [];
  const zeroForOne = target < current;
  const amountIn = amountOf(zeroForOne ? token0 : token1, PURSE_USD / 2, prices);
  return [{ to: uniswapV4.swapRouter, data: encodeSwapTo(pool, zeroForOne, amountIn, target) }];
}

/** A pair has no router here: it is paid first, and asked for what that fetches. */
function tradeTo(
  { tokens, accounts }: Markets,
  pair: UniswapPair,
  [reserve0, reserve1]: Reserves,
  prices: Prices,
): MakerCall[] {
  const [token0, token1] = [tokens[pair.token0], tokens[pair.token1]];
  const sqrtPriceX96 = sqrtPriceX96At(token0, token1, prices);
  const root = squareRoot(reserve0 * reserve1);
  const [wanted0, wanted1] = [(root << 96n) / sqrtPriceX96, (root * sqrtPriceX96) >> 96n];
  const isSelling0 = wanted0 > reserve0;
  const amountIn = isSelling0 ? wanted0 - reserve0 : wanted1 - reserve1;
  const [reserveIn, reserveOut] = isSelling0 ? [reserve0, reserve1] : [reserve1, reserve0];
  // Nearer than the pair's fee, there is no arbitrage.
  if (amountIn * 1_000n < reserveIn) return [];
  const amountOut = getAmountOut(amountIn, reserveIn, reserveOut);
  const sold = isSelling0 ? token0 : token1;
  const amountsOut = isSelling0 ? [0n, amountOut] : [amountOut, 0n];
  const swap = [...amountsOut, accounts.marketMaker.address, '0x'];
  return [
    {
      to: sold.address,
      data: tokenInterface.encodeFunctionData('transfer', [pair.address, amountIn]),
    },
    { to: pair.address, data: pairInterface.encodeFunctionData('swap', swap) },
  ];
}

/** Within a millionth: no arbitrage is left there. */
const isNear = (current: bigint, target: bigint): boolean =>
  (current > target ? current - target : target - current) * 1_000_000n < target;

/** Where a pool stands. */
export async function sqrtPriceX96Of(anvil: Anvil, pool: Address): Promise<bigint> {
  return BigInt((await readContract(anvil, pool, poolInterface, 'slot0'))[0]);
}

type Reserves = readonly [bigint, bigint];

async function reservesOf(anvil: Anvil, pair: Address): Promise<Reserves> {
  const [reserve0, reserve1] = await readContract(anvil, pair, pairInterface, 'getReserves');
  return [reserve0, reserve1];
}

async function v4PriceOf(anvil: Anvil, { uniswapV4 }: Markets, id: Hex): Promise<bigint> {
  const { target, data, decode } = slot0(uniswapV4.poolManager, id);
  return decode(String(await anvil.rpc('eth_call', [{ to: target, data }, 'latest']))).sqrtPriceX96;
}
