import type { Address } from '../hex.ts';

/** What is repaid, and what is seized for it. */
export interface AssetPair {
  readonly debtAsset: Address;
  readonly collateralAsset: Address;
}

export const isSamePair = (one: AssetPair, other: AssetPair): boolean =>
  one.debtAsset === other.debtAsset && one.collateralAsset === other.collateralAsset;
