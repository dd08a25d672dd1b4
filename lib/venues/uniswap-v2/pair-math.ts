import { divUp } from '../../math/fixed-point.ts';
import type { Stretch } from '../price-curve.ts';

/**
 * x·y = k with 0.3 % off the input.
 * @uniswap/v2-core@1.0.1 contracts/UniswapV2Pair.sol#swap, its check named K
 */

const FEE_DENOMINATOR = 1_000n;
const AFTER_FEE = 997n;

/**
 * The most that the pair gives, as @uniswap/v2-periphery@1.1.0-beta.0
 * contracts/libraries/UniswapV2Library.sol#getAmountOut.
 */
export function getAmountOut(amountIn: bigint, reserveIn: bigint, reserveOut: bigint): bigint {
  const amountInWithFee = amountIn * AFTER_FEE;
  return (amountInWithFee * reserveOut) / (reserveIn * FEE_DENOMINATOR + amountInWithFee);
}

/**
 * The least that the pair takes; UniswapV2Library.sol#getAmountIn asks one unit more where the division is
 * exact. `amountOut` is below `reserveOut`.
 */
export function getAmountIn(amountOut: bigint, reserveIn: bigint, reserveOut: bigint): bigint {
  return divUp(reserveIn * amountOut * FEE_DENOMINATOR, (reserveOut - amountOut) * AFTER_FEE);
}

/** All that the pair trades, in floating point. */
export function stretchOf(reserveIn: bigint, reserveOut: bigint, gasUsed: number): Stretch {
  const [x, y] = [Number(reserveIn), Number(reserveOut)];
  const rootAfterFee = Math.sqrt(Number(AFTER_FEE) / Number(FEE_DENOMINATOR));
  const from = Math.sqrt(x / y) / rootAfterFee;
  return { from, to: Number.POSITIVE_INFINITY, liquidity: Math.sqrt(x * y) / rootAfterFee, gasUsed };
}
