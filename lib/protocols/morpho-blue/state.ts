import type { Address, Hex } from '../../hex.ts';

/** What a market is for ever: `@morpho-org/morpho-blue@1.0.0 src/interfaces/IMorpho.sol#MarketParams`. */
export interface MarketParams {
  readonly loanToken: Address;
  readonly collateralToken: Address;
  readonly oracle: Address;
  /** The zero address where nobody pays interest. */
  readonly irm: Address;
  readonly lltv: bigint;
}

/** The hash of the parameters: `MarketParamsLib.sol#id`. */
export type MarketId = Hex;

/** A market's totals as of `lastUpdate`: `IMorpho.sol#Market`. */
export interface Market {
  readonly totalSupplyAssets: bigint;
  readonly totalSupplyShares: bigint;
  readonly totalBorrowAssets: bigint;
  readonly totalBorrowShares: bigint;
  readonly lastUpdate: number;
  /** Share of the interest, in wad. */
  readonly fee: bigint;
}

/** What one borrower has in one market: `IMorpho.sol#Position`, without what he lends. */
export interface Position {
  readonly borrowShares: bigint;
  readonly collateral: bigint;
}
