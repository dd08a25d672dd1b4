import type { Address } from '../../hex.ts';
import type { Venue } from '../venue.ts';
import { read } from './read.ts';

export interface UniswapV3Options {
  readonly factory: Address;
  /** Receives what is bought, and pays when called back. */
  readonly executor: Address;
  /** Fee tiers to look for, in hundredths of a bip; those of the mainnet factory by default. */
  readonly fees?: readonly number[];
}

export function uniswapV3({ factory, executor, fees = [100, 500, 3000, 10000] }: UniswapV3Options): Venue {
  return {
    id: 'uniswap-v3',
    read: (chain, tokens, blockNumber) => read({ factory, executor, fees }, chain, tokens, blockNumber),
  };
}
