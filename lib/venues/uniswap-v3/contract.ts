import { type Result, ZeroAddress } from 'ethers';
import type { ContractRead } from '../../chain.ts';
import { address, boolean, bytes, encodeCall, integer } from '../../ethereum/abi.ts';
import { lateInterface } from '../../ethereum/late-interface.ts';
import { decodeView, encodeView } from '../../ethereum/view-codec.ts';
import type { Address, Hex } from '../../hex.ts';
import { type InitialisedTick, ticksInWord } from '../concentrated-liquidity/tick-window.ts';

/**
 * What we ask of factory and pool, and the pool's one call.
 * @uniswap/v3-core@1.0.1 contracts/interfaces/{IUniswapV3Factory,pool/IUniswapV3PoolState}.sol
 */
const abi = lateInterface([
  'function getPool(address tokenA, address tokenB, uint24 fee) view returns (address)',
  'function slot0() view returns (uint160 sqrtPriceX96, int24 tick, uint16, uint16, uint16, uint8, bool)',
  'function liquidity() view returns (uint128)',
  'function tickSpacing() view returns (int24)',
  'function tickBitmap(int16 wordPosition) view returns (uint256)',
  'function ticks(int24 tick) view returns (uint128, int128 liquidityNet, uint256, uint256, int56, uint160, uint32, bool)',
]);

/** `undefined` where there is no such pool. */
export function getPool(
  factory: Address,
  tokens: readonly [Address, Address],
  fee: number,
): ContractRead<Address | undefined> {
  return view(factory, 'getPool', [...tokens, fee], ([pool]) => (pool === ZeroAddress ? undefined : pool));
}

export interface Slot0 {
  readonly sqrtPriceX96: bigint;
  readonly tick: number;
}

export function slot0(pool: Address): ContractRead<Slot0> {
  return view(pool, 'slot0', [], ([sqrtPriceX96, tick]) => ({ sqrtPriceX96, tick: Number(tick) }));
}

export function liquidity(pool: Address): ContractRead<bigint> {
  return view(pool, 'liquidity', [], ([value]) => value);
}

export function tickSpacing(pool: Address): ContractRead<number> {
  return view(pool, 'tickSpacing', [], ([value]) => Number(value));
}

export interface PoolTick {
  readonly pool: Address;
  readonly tick: number;
}

/** The initialised ticks of one word. */
export function tickBitmap(pool: Address, word: number, spacing: number): ContractRead<readonly PoolTick[]> {
  return view(pool, 'tickBitmap', [word], ([bitmap]) =>
    ticksInWord(bitmap, word, spacing).map((tick) => ({ pool, tick })),
  );
}

export function ticks({ pool, tick }: PoolTick): ContractRead<PoolTick & InitialisedTick> {
  return view(pool, 'ticks', [tick], ([, liquidityNet]) => ({ pool, tick, liquidityNet }));
}

export interface SwapArguments {
  readonly recipient: Address;
  readonly zeroForOne: boolean;
  /** Positive: exactly this input. Negative: exactly this output. */
  readonly amountSpecified: bigint;
  readonly sqrtPriceLimitX96: bigint;
  readonly data: Hex;
}

export function encodeSwap(swap: SwapArguments): Hex {
  const { recipient, zeroForOne, amountSpecified, sqrtPriceLimitX96, data } = swap;
  return encodeCall(SWAP, [
    ...[address(recipient), boolean(zeroForOne)],
    ...[integer(amountSpecified), integer(sqrtPriceLimitX96), bytes(data)],
  ]);
}

/** swap(address,bool,int256,uint160,bytes) */
const SWAP = '0x128acb08';

/** Where `amountSpecified` stands in the calldata: behind selector, recipient and zeroForOne. */
export const AMOUNT_SPECIFIED_OFFSET = 4 + 2 * 32;

function view<T>(
  target: Address,
  name: string,
  args: readonly unknown[],
  decode: (values: Result) => T,
): ContractRead<T> {
  return {
    target,
    data: encodeView(abi, name, args),
    decode: (returned) => decode(decodeView(abi, name, returned)),
  };
}
