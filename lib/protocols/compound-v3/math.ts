import { WAD } from '../../math/fixed-point.ts';
import type { Totals } from './state.ts';

/** `CometCore.sol#BASE_INDEX_SCALE` */
export const BASE_INDEX_SCALE = 10n ** 15n;
/** `CometCore.sol#FACTOR_SCALE` */
export const FACTOR_SCALE = WAD;

const MAX_UINT64 = 2n ** 64n - 1n;
const MAX_UINT256 = 2n ** 256n - 1n;

export const fitsUint64 = (value: bigint): boolean => value <= MAX_UINT64;
export const fitsUint256 = (value: bigint): boolean => value <= MAX_UINT256;

/** Rounded down. */
export const mulFactor = (amount: bigint, factor: bigint): bigint => (amount * factor) / FACTOR_SCALE;

/** Value of a raw amount at a price, rounded towards zero, as the contract does it for a debt too. */
export const mulPrice = (amount: bigint, price: bigint, fromScale: bigint): bigint =>
  (amount * price) / fromScale;

/** Raw amount of a value at a price, rounded down. */
export const divPrice = (value: bigint, price: bigint, toScale: bigint): bigint => (value * toScale) / price;

export const presentValueSupply = (principal: bigint, { baseSupplyIndex }: Totals): bigint =>
  (principal * baseSupplyIndex) / BASE_INDEX_SCALE;

export const presentValueBorrow = (principal: bigint, { baseBorrowIndex }: Totals): bigint =>
  (principal * baseBorrowIndex) / BASE_INDEX_SCALE;

/** Base tokens of a principal, below 0 for a debt; rounded towards zero either way. */
export const presentValue = (principal: bigint, totals: Totals): bigint =>
  principal >= 0n ? presentValueSupply(principal, totals) : -presentValueBorrow(-principal, totals);

/** Rounded down: against the lender. */
export const principalValueSupply = (present: bigint, { baseSupplyIndex }: Totals): bigint =>
  (present * BASE_INDEX_SCALE) / baseSupplyIndex;
