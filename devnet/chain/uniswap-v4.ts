import { Interface, MaxUint256 } from 'ethers';
import type { Address, Hex } from '../../lib/hex.ts';
import { keyWords, type PoolKey, poolId, poolKey } from '../../lib/venues/uniswap-v4/pool-key.ts';
import { artifact } from './artifact.ts';
import { sqrtPriceX96At, squareRoot } from './pool-price.ts';
import { START_PRICES } from './prices.ts';
import type { Script } from './script.ts';
import { acquire, amountOf, type TokenSymbol, type Tokens, tokenInterface } from './tokens.ts';
import { sorted } from './uniswap-v2.ts';

export interface UniswapV4 {
  readonly poolManager: Address;
  /** The routers of the package's own tests: they take from whoever calls them. */
  readonly swapRouter: Address;
  readonly liquidityRouter: Address;
}

export interface UniswapV4Pool {
  readonly id: Hex;
  readonly key: PoolKey;
  readonly token0: TokenSymbol;
  readonly token1: TokenSymbol;
}

interface PoolSpec {
  readonly pair: readonly [TokenSymbol, TokenSymbol];
  readonly fee: number;
  readonly tickSpacing: number;
  /** Of both sides together, spread over all prices. */
  readonly usd: number;
}

const POOLS: readonly PoolSpec[] = [
  { pair: ['WETH', 'USDC'], fee: 500, tickSpacing: 10, usd: 40_000_000 },
  { pair: ['WETH', 'DAI'], fee: 3000, tickSpacing: 60, usd: 20_000_000 },
];

const MAX_TICK = 887_272;
const KEY = '(address,address,uint24,int24,address)';
const managerInterface = new Interface([`function initialize(${KEY} key, uint160 sqrtPriceX96)`]);
const liquidityInterface = new Interface([
  `function modifyLiquidity(${KEY} key, (int24,int24,int256,bytes32) params, bytes hookData)`,
]);
const swapInterface = new Interface([
  `function swap(${KEY} key, (bool zeroForOne, int256 amountSpecified, uint160 sqrtPriceLimitX96) params)`,
]);
const NO_SALT = `0x${'0'.repeat(64)}`;

/** The manager of mainnet, as `@uniswap/v4-core` ships it. */
export function deployUniswapV4(script: Script): UniswapV4 {
  const deploy = (name: string, args: readonly unknown[]) =>
    script.deploy(artifact('@uniswap/v4-core', name), args);
  const poolManager = deploy('PoolManager', [script.deployer]);
  return {
    poolManager,
    swapRouter: deploy('SwapRouterNoChecks', [poolManager]),
    liquidityRouter: deploy('PoolModifyLiquidityTestNoChecks', [poolManager]),
  };
}

/** Creates every pool at the first prices of the feeds and fills it out of `supplier`'s pocket. */
export function createV4Pools(
  script: Script,
  contracts: UniswapV4,
  tokens: Tokens,
  supplier: Address,
): UniswapV4Pool[] {
  letTake(script, tokens, supplier, contracts.liquidityRouter);
  return POOLS.map((spec) => createPool(script, contracts, tokens, supplier, spec));
}

/** Lets `spender` take every token of `owner`. */
export function letTake(script: Script, tokens: Tokens, owner: Address, spender: Address): void {
  for (const { address } of Object.values(tokens))
    script.call(address, tokenInterface, 'approve', [spender, MaxUint256], { from: owner });
}

/** Calldata for the swap router: sells up to `amountIn`, no further than to the price. */
export const encodeSwapTo = (
  { key }: UniswapV4Pool,
  zeroForOne: boolean,
  amountIn: bigint,
  target: bigint,
): Hex => swapInterface.encodeFunctionData('swap', [keyWords(key), [zeroForOne, -amountIn, target]]);

function createPool(
  script: Script,
  { poolManager, liquidityRouter }: UniswapV4,
  tokens: Tokens,
  supplier: Address,
  { pair, fee, tickSpacing, usd }: PoolSpec,
): UniswapV4Pool {
  const [token0, token1] = sorted(tokens, pair);
  const key = poolKey([tokens[token0].address, tokens[token1].address], fee, tickSpacing);
  const sqrtPriceX96 = sqrtPriceX96At(tokens[token0], tokens[token1], START_PRICES);
  const [amount0 = 0n, amount1 = 0n] = [token0, token1].map((symbol) => {
    const amount = amountOf(tokens[symbol], usd / 2, START_PRICES);
    // The manager rounds what it asks for up.
    acquire(script, tokens[symbol], supplier, amount + amount / 100n);
    return amount;
  });
  const last = Math.floor(MAX_TICK / tickSpacing) * tickSpacing;
  const params = [-last, last, squareRoot(amount0 * amount1), NO_SALT];
  const from = { from: supplier };
  script.call(poolManager, managerInterface, 'initialize', [keyWords(key), sqrtPriceX96], from);
  script.call(liquidityRouter, liquidityInterface, 'modifyLiquidity', [keyWords(key), params, '0x'], from);
  return { id: poolId(key), key, token0, token1 };
}
