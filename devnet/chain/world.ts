import type { Address } from '../../lib/hex.ts';
import type { MarketParams } from '../../lib/protocols/morpho-blue/state.ts';
import type { AaveMarket } from './aave.ts';
import type { Accounts } from './accounts.ts';
import type { Borrower } from './borrowers.ts';
import type { Feeds, PriceSources } from './feeds.ts';
import type { Tokens } from './tokens.ts';
import type { UniswapPair } from './uniswap-v2.ts';
import type { Uniswap, UniswapPool } from './uniswap-v3.ts';
import type { UniswapV4, UniswapV4Pool } from './uniswap-v4.ts';

/** Everything that is on the chain, as plain data. */
export interface World extends Contracts {
  readonly chainId: number;
  readonly accounts: Accounts;
  readonly multicall3: Address;
  readonly pools: readonly UniswapPool[];
  readonly pairs: readonly UniswapPair[];
  readonly v4Pools: readonly UniswapV4Pool[];
  readonly borrowers: readonly Borrower[];
  /** The block from which on all this is there. */
  readonly startBlock: number;
  readonly startSeconds: number;
}

export interface Contracts {
  readonly tokens: Tokens;
  readonly feeds: Feeds;
  readonly priceSources: PriceSources;
  readonly aave: AaveMarket;
  readonly uniswap: Uniswap;
  readonly uniswapV2: { readonly factory: Address };
  readonly uniswapV4: UniswapV4;
  readonly morphoBlue: { readonly morpho: Address };
  /** WETH for USDC, over the feeds of Aave's. */
  readonly morphoMarket: MarketParams;
  /** Lends USDC against WETH and WBTC, over the feeds of Aave's. */
  readonly comet: Address;
}
