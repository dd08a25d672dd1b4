import { concat, keccak256, toBeHex, toTwos } from 'ethers';
import type { ContractRead } from '../../chain.ts';
import { lateInterface } from '../../ethereum/late-interface.ts';
import { decodeView, encodeView } from '../../ethereum/view-codec.ts';
import type { Address, Hex } from '../../hex.ts';
import { type InitialisedTick, ticksInWord } from '../concentrated-liquidity/tick-window.ts';

/**
 * The manager has no views of its pools: their storage is read, by the layout of
 * @uniswap/v4-core@1.0.2 src/libraries/StateLibrary.sol and src/types/Slot0.sol.
 */

export interface Slot0 {
  /** 0 where no such pool was initialised. */
  readonly sqrtPriceX96: bigint;
  readonly tick: number;
  /** Two fees of 12 bits: the lower one for zeroForOne. */
  readonly protocolFee: bigint;
  readonly lpFee: bigint;
}

export function slot0(manager: Address, id: Hex): ContractRead<Slot0> {
  return word(manager, stateSlot(id), (value) => ({
    sqrtPriceX96: BigInt.asUintN(160, value),
    tick: Number(BigInt.asIntN(24, value >> 160n)),
    protocolFee: BigInt.asUintN(24, value >> 184n),
    lpFee: BigInt.asUintN(24, value >> 208n),
  }));
}

export function liquidity(manager: Address, id: Hex): ContractRead<bigint> {
  return word(manager, stateSlot(id) + LIQUIDITY_OFFSET, (value) => BigInt.asUintN(128, value));
}

export interface PoolTick {
  readonly id: Hex;
  readonly tick: number;
}

/** The initialised ticks of one word. */
export function tickBitmap(
  manager: Address,
  id: Hex,
  wordPosition: number,
  tickSpacing: number,
): ContractRead<readonly PoolTick[]> {
  const slot = mappingSlot(wordPosition, stateSlot(id) + TICK_BITMAP_OFFSET);
  return word(manager, slot, (bitmap) =>
    ticksInWord(bitmap, wordPosition, tickSpacing).map((tick) => ({ id, tick })),
  );
}

/** liquidityGross fills the lower half of the word, liquidityNet the upper. */
export function ticks(manager: Address, { id, tick }: PoolTick): ContractRead<PoolTick & InitialisedTick> {
  const slot = mappingSlot(tick, stateSlot(id) + TICKS_OFFSET);
  return word(manager, slot, (value) => ({ id, tick, liquidityNet: BigInt.asIntN(128, value >> 128n) }));
}

const POOLS_SLOT = 6n;
const LIQUIDITY_OFFSET = 3n;
const TICKS_OFFSET = 4n;
const TICK_BITMAP_OFFSET = 5n;

const abi = lateInterface(['function extsload(bytes32 slot) view returns (bytes32)']);

function stateSlot(id: Hex): bigint {
  return BigInt(keccak256(concat([id, toBeHex(POOLS_SLOT, 32)])));
}

function mappingSlot(key: number, slot: bigint): bigint {
  return BigInt(keccak256(concat([toBeHex(toTwos(key, 256), 32), toBeHex(slot, 32)])));
}

function word<T>(manager: Address, slot: bigint, decode: (value: bigint) => T): ContractRead<T> {
  return {
    target: manager,
    data: encodeView(abi, 'extsload', [toBeHex(slot, 32)]),
    decode: (returned) => decode(BigInt(decodeView(abi, 'extsload', returned)[0])),
  };
}
