import type { Address } from '../../hex.ts';
import type { Venue } from '../venue.ts';
import { read, type Tier } from './read.ts';

export interface UniswapV4Options {
  readonly poolManager: Address;
  /** Receives what is bought, and pays before the manager locks again. */
  readonly executor: Address;
  /** Where given, pools of ether itself are pools of WETH: the executor wraps and unwraps. */
  readonly weth?: Address;
  /** Kinds of pool to look for; those that mirror the fees of V3 by default. */
  readonly tiers?: readonly Tier[];
}

/** Pools of two ERC-20 tokens, or of ether and one, with a static fee and without hooks. */
export function uniswapV4({ tiers = DEFAULT_TIERS, ...options }: UniswapV4Options): Venue {
  return {
    id: 'uniswap-v4',
    read: (chain, tokens, blockNumber) => read({ ...options, tiers }, chain, tokens, blockNumber),
  };
}

const DEFAULT_TIERS: readonly Tier[] = [
  { fee: 100, tickSpacing: 1 },
  { fee: 500, tickSpacing: 10 },
  { fee: 3_000, tickSpacing: 60 },
  { fee: 10_000, tickSpacing: 200 },
];
