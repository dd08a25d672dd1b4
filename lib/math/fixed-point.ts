/** Integer division with its rounding in the name, as Solidity libraries do it. Operands are non-negative. */

export const BPS = 10_000n;
export const WAD = 10n ** 18n;
export const RAY = 10n ** 27n;

/** floor(a·b / denominator) */
export const mulDivDown = (a: bigint, b: bigint, denominator: bigint): bigint => (a * b) / denominator;

/** ceil(a·b / denominator) */
export const mulDivUp = (a: bigint, b: bigint, denominator: bigint): bigint =>
  (a * b + denominator - 1n) / denominator;

/** a·b / denominator, half rounded up: (a·b + floor(denominator / 2)) / denominator */
export const mulDivHalfUp = (a: bigint, b: bigint, denominator: bigint): bigint =>
  (a * b + denominator / 2n) / denominator;

/** ceil(a / b) */
export const divUp = (a: bigint, b: bigint): bigint => (a + b - 1n) / b;

export const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
export const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
