import { type Result, ZeroAddress } from 'ethers';
import type { ContractRead } from '../../chain.ts';
import { address, bytes, encodeCall, integer } from '../../ethereum/abi.ts';
import { lateInterface } from '../../ethereum/late-interface.ts';
import { decodeView, encodeView } from '../../ethereum/view-codec.ts';
import type { Address, Hex } from '../../hex.ts';

/**
 * What we ask of factory and pair, and the pair's one call.
 * @uniswap/v2-core@1.0.1 contracts/interfaces/{IUniswapV2Factory,IUniswapV2Pair}.sol
 */
const abi = lateInterface([
  'function getPair(address tokenA, address tokenB) view returns (address)',
  'function getReserves() view returns (uint112 reserve0, uint112 reserve1, uint32 blockTimestampLast)',
]);

/** `undefined` where there is no such pair. */
export function getPair(
  factory: Address,
  tokens: readonly [Address, Address],
): ContractRead<Address | undefined> {
  return view(factory, 'getPair', tokens, ([pair]) => (pair === ZeroAddress ? undefined : pair));
}

/** In the order of token0 and token1. */
export type Reserves = readonly [bigint, bigint];

export function getReserves(pair: Address): ContractRead<Reserves> {
  return view(pair, 'getReserves', [], ([reserve0, reserve1]) => [reserve0, reserve1]);
}

/** Any `data` makes the pair pay first and call `to` back. */
export function encodeSwap(amountsOut: readonly [bigint, bigint], to: Address, data: Hex): Hex {
  return encodeCall(SWAP, [...amountsOut.map(integer), address(to), bytes(data)]);
}

/** swap(uint256,uint256,address,bytes) */
const SWAP = '0x022c0d9f';

/** Where `data` starts in the calldata: behind selector, amounts, recipient, offset and its own length. */
export const DATA_OFFSET = 4 + 5 * 32;

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
