import { Interface, MaxUint256 } from 'ethers';
import type { Address } from '../../lib/domain.ts';
import type { Account } from './accounts.ts';
import type { Anvil } from './anvil.ts';
import { sqrtPriceX96At } from './pool-price.ts';
import { type Prices, START_PRICES } from './prices.ts';
import { readContract } from './read.ts';
import type { Script } from './script.ts';
import { type SignedTransaction, signTransaction } from './sign.ts';
import { acquire, amountOf, type Tokens, tokenInterface } from './tokens.ts';
import type { Uniswap, UniswapPool } from './uniswap-v3.ts';

export interface Markets {
  readonly chainId: number;
  readonly tokens: Tokens;
  readonly uniswap: Pick<Uniswap, 'swapRouter'>;
  readonly pools: readonly UniswapPool[];
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
  const current = await Promise.all(markets.pools.map((pool) => sqrtPriceX96Of(anvil, pool.address)));
  const swaps = markets.pools.flatMap((pool, index) => swapTo(markets, pool, current[index] ?? 0n, prices));
  return swaps.map((data, index) =>
    signTransaction(maker, {
      ...{ chainId: markets.chainId, nonce: nonce + index, gasLimit: SWAP_GAS_LIMIT },
      ...{ to: markets.uniswap.swapRouter, data },
    }),
  );
}

/** Fills the maker's purse and lets the router take from it. */
export function fundMarketMaker(script: Script, tokens: Tokens, swapRouter: Address, maker: Address): void {
  for (const token of Object.values(tokens)) {
    acquire(script, token, maker, amountOf(token, PURSE_USD, START_PRICES));
    script.call(token.address, tokenInterface, 'approve', [swapRouter, MaxUint256], { from: maker });
  }
}

/** Calldata of at most one swap: it sells without end, and the price limit ends it. */
function swapTo({ tokens, accounts }: Markets, pool: UniswapPool, current: bigint, prices: Prices): string[] {
  const [token0, token1] = [tokens[pool.token0], tokens[pool.token1]];
  const target = sqrtPriceX96At(token0, token1, prices);
  if (isNear(current, target)) return [];
  const [sold, bought] = target < current ? [token0, token1] : [token1, token0];
  const amountIn = amountOf(sold, PURSE_USD / 2, prices);
  const to = accounts.marketMaker.address;
  const params = [sold.address, bought.address, pool.fee, to, MaxUint256, amountIn, 0, target];
  return [routerInterface.encodeFunctionData('exactInputSingle', [params])];
}

/** Within a millionth: no arbitrage is left there. */
const isNear = (current: bigint, target: bigint): boolean =>
  (current > target ? current - target : target - current) * 1_000_000n < target;

/** Where a pool stands. */
export async function sqrtPriceX96Of(anvil: Anvil, pool: Address): Promise<bigint> {
  return BigInt((await readContract(anvil, pool, poolInterface, 'slot0'))[0]);
}
