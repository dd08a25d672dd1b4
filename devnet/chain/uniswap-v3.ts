import { AbiCoder, getCreate2Address, Interface, keccak256, MaxUint256, ZeroAddress } from 'ethers';
import type { Address } from '../../lib/hex.ts';
import { artifact } from './artifact.ts';
import { sqrtPriceX96At, tickNear, ticksOfFactor } from './pool-price.ts';
import { START_PRICES } from './prices.ts';
import type { Script } from './script.ts';
import {
  acquire,
  amountOf,
  type TokenInfo,
  type TokenSymbol,
  type Tokens,
  tokenInterface,
} from './tokens.ts';

export interface Uniswap {
  readonly factory: Address;
  readonly positionManager: Address;
  readonly swapRouter: Address;
  readonly quoter: Address;
}

export interface UniswapPool {
  readonly address: Address;
  /** In hundredths of a basis point. */
  readonly fee: number;
  readonly token0: TokenSymbol;
  readonly token1: TokenSymbol;
}

interface PoolSpec {
  readonly pair: readonly [TokenSymbol, TokenSymbol];
  readonly fee: number;
  /** Of both sides together. */
  readonly usd: number;
  /** Most of the liquidity lies within this factor of the first price, up and down. */
  readonly band: number;
}

/** Deep and shallow ones, and none between DAI and WBTC: that trade takes two hops. */
const POOLS: readonly PoolSpec[] = [
  { pair: ['WETH', 'USDC'], fee: 500, usd: 130_000_000, band: 1.6 },
  { pair: ['WETH', 'USDC'], fee: 3000, usd: 3_000_000, band: 3 },
  { pair: ['WETH', 'DAI'], fee: 3000, usd: 15_000_000, band: 2 },
  { pair: ['WBTC', 'WETH'], fee: 3000, usd: 100_000_000, band: 1.8 },
  { pair: ['WBTC', 'USDC'], fee: 3000, usd: 20_000_000, band: 1.8 },
  { pair: ['stkETH', 'WETH'], fee: 100, usd: 40_000_000, band: 1.05 },
  { pair: ['USDC', 'DAI'], fee: 100, usd: 40_000_000, band: 1.01 },
];

/** Spread over all prices, so that no swap ever meets an empty range. */
const FULL_RANGE_SHARE = 0.2;
const TICK_SPACING: Readonly<Record<number, number>> = { 100: 1, 500: 10, 3000: 60 };
const MAX_TICK = 887_272;

const factoryInterface = new Interface(['function enableFeeAmount(uint24 fee, int24 tickSpacing)']);
const positionManagerInterface = new Interface([
  'function createAndInitializePoolIfNecessary(address token0, address token1, uint24 fee, uint160 sqrtPriceX96) payable returns (address pool)',
  'function mint((address token0, address token1, uint24 fee, int24 tickLower, int24 tickUpper, uint256 amount0Desired, uint256 amount1Desired, uint256 amount0Min, uint256 amount1Min, address recipient, uint256 deadline)) payable',
]);

/** The compiled contracts of `@uniswap/v3-core` and `-periphery`, with the 0.01 % fee that mainnet voted for. */
export function deployUniswap(script: Script, weth: Address): Uniswap {
  const factory = script.deploy(artifact('@uniswap/v3-core', 'UniswapV3Factory'));
  script.call(factory, factoryInterface, 'enableFeeAmount', [100, TICK_SPACING[100]]);
  const periphery = (name: string, args: readonly unknown[]) =>
    script.deploy(artifact('@uniswap/v3-periphery', name), args);
  return {
    factory,
    positionManager: periphery('NonfungiblePositionManager', [factory, weth, ZeroAddress]),
    swapRouter: periphery('SwapRouter', [factory, weth]),
    quoter: periphery('QuoterV2', [factory, weth]),
  };
}

/** Creates every pool at the first prices of the feeds and fills it out of `supplier`'s pocket. */
export function createPools(
  script: Script,
  uniswap: Uniswap,
  tokens: Tokens,
  supplier: Address,
): UniswapPool[] {
  for (const token of Object.values(tokens))
    script.call(token.address, tokenInterface, 'approve', [uniswap.positionManager, MaxUint256], {
      from: supplier,
    });
  return POOLS.map((spec) => createPool(script, uniswap, tokens, supplier, spec));
}

function createPool(
  script: Script,
  uniswap: Uniswap,
  tokens: Tokens,
  supplier: Address,
  { pair, fee, usd, band }: PoolSpec,
): UniswapPool {
  const [token0, token1] = sorted(tokens[pair[0]], tokens[pair[1]]);
  const manager = (method: string, args: readonly unknown[]) =>
    script.call(uniswap.positionManager, positionManagerInterface, method, args, { from: supplier });
  const addLiquidity = ([lower, upper]: TickRange, shareUsd: number) => {
    const [amount0, amount1] = [token0, token1].map((token) => {
      const amount = amountOf(token, shareUsd / 2, START_PRICES);
      acquire(script, token, supplier, amount);
      return amount;
    });
    const head = [token0.address, token1.address, fee, lower, upper];
    manager('mint', [[...head, amount0, amount1, 0, 0, supplier, MaxUint256]]);
  };
  const sqrtPriceX96 = sqrtPriceX96At(token0, token1, START_PRICES);
  manager('createAndInitializePoolIfNecessary', [token0.address, token1.address, fee, sqrtPriceX96]);
  addLiquidity(rangeAround(sqrtPriceX96, band, fee), usd * (1 - FULL_RANGE_SHARE));
  addLiquidity(fullRange(fee), usd * FULL_RANGE_SHARE);
  const address = poolAddress(uniswap.factory, token0.address, token1.address, fee);
  return { address, fee, token0: token0.symbol, token1: token1.symbol };
}

function sorted(a: TokenInfo, b: TokenInfo): [TokenInfo, TokenInfo] {
  return BigInt(a.address) < BigInt(b.address) ? [a, b] : [b, a];
}

type TickRange = readonly [lower: number, upper: number];

function rangeAround(sqrtPriceX96: bigint, band: number, fee: number): TickRange {
  const spacing = TICK_SPACING[fee] ?? 1;
  const aligned = (tick: number) => Math.round(tick / spacing) * spacing;
  const center = tickNear(sqrtPriceX96);
  return [aligned(center - ticksOfFactor(band)), aligned(center + ticksOfFactor(band))];
}

function fullRange(fee: number): TickRange {
  const spacing = TICK_SPACING[fee] ?? 1;
  const last = Math.floor(MAX_TICK / spacing) * spacing;
  return [-last, last];
}

function poolAddress(factory: Address, token0: Address, token1: Address, fee: number): Address {
  const key = AbiCoder.defaultAbiCoder().encode(['address', 'address', 'uint24'], [token0, token1, fee]);
  const initCodeHash = keccak256(artifact('@uniswap/v3-core', 'UniswapV3Pool').bytecode);
  return getCreate2Address(factory, keccak256(key), initCodeHash);
}
