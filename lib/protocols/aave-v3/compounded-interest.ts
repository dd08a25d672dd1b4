import { mulDivHalfUp, RAY } from '../../math/fixed-point.ts';

export const SECONDS_PER_YEAR = 31_536_000n;

/** Simple interest, as a factor in ray, floored. `MathUtils.sol#calculateLinearInterest`, every revision. */
export const linearInterest = (rateRay: bigint, seconds: bigint): bigint =>
  RAY + (rateRay * seconds) / SECONDS_PER_YEAR;

/**
 * Interest compounded every second, by three terms of the binomial series, as a factor in ray.
 * `@aave/core-v3@1.19.3 contracts/protocol/libraries/math/MathUtils.sol#calculateCompoundedInterest`
 */
export function binomialInterest(rateRay: bigint, seconds: bigint): bigint {
  if (seconds === 0n) return RAY;
  const expMinusOne = seconds - 1n;
  const expMinusTwo = seconds > 2n ? seconds - 2n : 0n;
  const basePowerTwo = mulDivHalfUp(rateRay, rateRay, RAY) / (SECONDS_PER_YEAR * SECONDS_PER_YEAR);
  const basePowerThree = mulDivHalfUp(basePowerTwo, rateRay, RAY) / SECONDS_PER_YEAR;
  const secondTerm = (seconds * expMinusOne * basePowerTwo) / 2n;
  const thirdTerm = (seconds * expMinusOne * expMinusTwo * basePowerThree) / 6n;
  return RAY + (rateRay * seconds) / SECONDS_PER_YEAR + secondTerm + thirdTerm;
}

/**
 * Interest compounded continuously, by three terms of the exponential series, as a factor in ray.
 * `@aave-dao/aave-v3-origin@3.6.0 src/contracts/protocol/libraries/math/MathUtils.sol#calculateCompoundedInterest`
 */
export function taylorInterest(rateRay: bigint, seconds: bigint): bigint {
  const x = (rateRay * seconds) / SECONDS_PER_YEAR;
  return RAY + x + rayMul(x, x / 2n + rayMul(x, x / 6n));
}

const rayMul = (a: bigint, b: bigint): bigint => mulDivHalfUp(a, b, RAY);
