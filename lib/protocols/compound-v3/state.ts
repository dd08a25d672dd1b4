import type { Address } from '../../hex.ts';

/** One Comet's terms: governance changes them by putting another implementation behind the proxy. */
export interface Comet {
  readonly address: Address;
  readonly baseToken: Address;
  readonly basePriceFeed: Address;
  /** Raw units of one whole base token. */
  readonly baseScale: bigint;
  readonly supplyRate: RateCurve;
  readonly borrowRate: RateCurve;
  /** Share of the liquidation penalty that buyers of collateral get, × 1e18. */
  readonly storeFrontPriceFactor: bigint;
  /** With reserves of so much base nothing is for sale. */
  readonly targetReserves: bigint;
  /** In the order of `offset`. */
  readonly assets: readonly AssetInfo[];
  readonly isAbsorbPaused: boolean;
  readonly isBuyPaused: boolean;
  /** Since the service patch of 2026: an asset with a factor of 0 is neither priced nor seized. */
  readonly skipsZeroFactors: boolean;
}

/** `Comet.sol#getAssetInfo`, what a liquidation needs of it; factors × 1e18. */
export interface AssetInfo {
  readonly offset: number;
  readonly asset: Address;
  readonly priceFeed: Address;
  /** Raw units of one whole token. */
  readonly scale: bigint;
  readonly liquidateCollateralFactor: bigint;
  readonly liquidationFactor: bigint;
}

/** Per second, × 1e18. */
export interface RateCurve {
  readonly kink: bigint;
  readonly base: bigint;
  readonly slopeLow: bigint;
  readonly slopeHigh: bigint;
}

/** `CometStorage.sol#TotalsBasic`, rewards left out: principals as of the indices, × 1e15, of `lastAccrualTime`. */
export interface Totals {
  readonly baseSupplyIndex: bigint;
  readonly baseBorrowIndex: bigint;
  readonly totalSupplyBase: bigint;
  readonly totalBorrowBase: bigint;
  readonly lastAccrualTime: number;
}

/** What the contract holds of each token. */
export interface Holdings {
  readonly base: bigint;
  readonly collateral: ReadonlyMap<Address, CollateralHolding>;
}

export interface CollateralHolding {
  readonly held: bigint;
  /** The accounts' part of it; the rest is for sale. */
  readonly totalSupplyAsset: bigint;
}

/** `UserBasic` and `UserCollateral`. */
export interface Account {
  /** Below 0 for who owes. */
  readonly principal: bigint;
  /** Bit `offset` of each asset that counts, bits 16 to 23 from `_reserved`. */
  readonly assetsIn: number;
  readonly collateral: ReadonlyMap<Address, bigint>;
}

/** One Comet at one moment: interest added, prices known. */
export interface PricedComet {
  readonly comet: Comet;
  readonly totals: Totals;
  readonly holdings: Holdings;
  /** With 8 decimals, of a price feed; `undefined` where the contract refuses it. */
  priceOf(priceFeed: Address): bigint | undefined;
}
