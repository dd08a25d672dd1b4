import { keccak256, ZeroAddress } from 'ethers';
import { address, type Encoded, encodeArguments, integer, tuple } from '../../ethereum/abi.ts';
import type { Address, Hex } from '../../hex.ts';
import type { TokenPair } from '../token-pairs.ts';

/** @uniswap/v4-core@1.0.2 src/types/PoolKey.sol */
export interface PoolKey {
  readonly currency0: Address;
  readonly currency1: Address;
  /** Of the liquidity providers, in hundredths of a bip. */
  readonly fee: number;
  readonly tickSpacing: number;
  readonly hooks: Address;
}

/** A pool without hooks: nothing but the manager's own arithmetic runs in its swaps. */
export function poolKey([currency0, currency1]: TokenPair, fee: number, tickSpacing: number): PoolKey {
  return { currency0, currency1, fee, tickSpacing, hooks: ZeroAddress };
}

/** src/types/PoolId.sol#toId */
export const poolId = (key: PoolKey): Hex => keccak256(encodeArguments([encodedKey(key)]));

/** In the order of the struct. */
export function keyWords(key: PoolKey): readonly [Address, Address, number, number, Address] {
  return [key.currency0, key.currency1, key.fee, key.tickSpacing, key.hooks];
}

export const encodedKey = ({ currency0, currency1, fee, tickSpacing, hooks }: PoolKey): Encoded =>
  tuple([address(currency0), address(currency1), integer(fee), integer(tickSpacing), address(hooks)]);
