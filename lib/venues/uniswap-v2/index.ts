import type { Chain } from '../../chain.ts';
import type { Address } from '../../hex.ts';
import { tokenPairs } from '../token-pairs.ts';
import type { Venue } from '../venue.ts';
import { getPair, getReserves } from './contract.ts';
import { UniswapV2Pool } from './pool.ts';

export interface UniswapV2Options {
  readonly factory: Address;
  /** Receives what is bought, and pays when called back. */
  readonly executor: Address;
  /** Of a venue with the same contracts, such as SushiSwap; `uniswap-v2` by default. */
  readonly id?: string;
}

export function uniswapV2({ factory, executor, id = 'uniswap-v2' }: UniswapV2Options): Venue {
  return {
    id,
    read: (chain, tokens, blockNumber) => read({ factory, executor, id }, chain, tokens, blockNumber),
  };
}

/** In two batches: which pairs exist, their reserves. */
async function read(
  { factory, executor, id: venue }: Required<UniswapV2Options>,
  chain: Chain,
  tokens: readonly Address[],
  blockNumber: number,
): Promise<readonly UniswapV2Pool[]> {
  const pairs = tokenPairs(tokens);
  const found = await chain.readAll(
    pairs.map((pair) => getPair(factory, pair)),
    blockNumber,
  );
  const keys = pairs.flatMap((pair, index) => {
    const address = found[index];
    return address === undefined ? [] : [{ venue, address, tokens: pair, executor }];
  });
  const reserves = await chain.readAll(
    keys.map((key) => getReserves(key.address)),
    blockNumber,
  );
  return keys.flatMap((key, index) => {
    const both = reserves[index];
    return both === undefined || both[0] === 0n ? [] : [new UniswapV2Pool(key, both)];
  });
}
