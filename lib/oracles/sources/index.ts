import { constantPrice, fixedPrice } from './fixed-price.ts';
import type { SourceKind } from './kind.ts';
import { linearDiscount } from './linear-discount.ts';
import { ratioCap } from './ratio-cap.ts';
import { currencyCap, stableCap } from './stable-cap.ts';
import { baseToPeg, pegToBase } from './synchronised.ts';

/** Every adapter that we can compute. No contract answers the getters of two of them. */
export const SOURCE_KINDS: readonly SourceKind[] = [
  ratioCap,
  stableCap,
  currencyCap,
  linearDiscount,
  pegToBase,
  baseToPeg,
  fixedPrice,
  constantPrice,
];
