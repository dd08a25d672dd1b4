import { mulDivDown, mulDivUp } from '../../math/fixed-point.ts';
import {
  getAmount0DeltaDown,
  getAmount0DeltaUp,
  getAmount1DeltaDown,
  getAmount1DeltaUp,
  getNextSqrtPriceFromInput,
  getNextSqrtPriceFromOutput,
} from './sqrt-price-math.ts';

/**
 * One step of a swap at constant liquidity: the three cases of
 * @uniswap/v3-core@1.0.1 contracts/libraries/SwapMath.sol#computeSwapStep, one function each.
 * `amountIn` includes the fee, which is in hundredths of a bip of it.
 */
export interface SwapStep {
  readonly sqrtPriceNextX96: bigint;
  readonly amountIn: bigint;
  readonly amountOut: bigint;
}

export const PIPS = 1_000_000n;

/** The step goes all the way: the same whether the swap fixes its input or its output. */
export function stepToTarget(
  sqrtPriceX96: bigint,
  targetX96: bigint,
  liquidity: bigint,
  feePips: bigint,
  zeroForOne: boolean,
): SwapStep {
  return {
    sqrtPriceNextX96: targetX96,
    amountIn: addFee(amountInBetween(sqrtPriceX96, targetX96, liquidity, zeroForOne), feePips),
    amountOut: amountOutBetween(sqrtPriceX96, targetX96, liquidity, zeroForOne),
  };
}

/** The input runs out on the way; the pool keeps as fee what does not move the price. */
export function stepExactIn(
  sqrtPriceX96: bigint,
  liquidity: bigint,
  amountIn: bigint,
  feePips: bigint,
  zeroForOne: boolean,
): SwapStep {
  const amountInLessFee = mulDivDown(amountIn, PIPS - feePips, PIPS);
  const next = getNextSqrtPriceFromInput(sqrtPriceX96, liquidity, amountInLessFee, zeroForOne);
  const amountOut = amountOutBetween(sqrtPriceX96, next, liquidity, zeroForOne);
  return { sqrtPriceNextX96: next, amountIn, amountOut };
}

/**
 * The output is reached on the way, or by rounding exactly at the end of it. The price moves at least as far
 * as `amountOut` needs, and the contract caps what it pays, so that it pays `amountOut`.
 */
export function stepExactOut(
  sqrtPriceX96: bigint,
  liquidity: bigint,
  amountOut: bigint,
  feePips: bigint,
  zeroForOne: boolean,
): SwapStep {
  const next = getNextSqrtPriceFromOutput(sqrtPriceX96, liquidity, amountOut, zeroForOne);
  const amountIn = addFee(amountInBetween(sqrtPriceX96, next, liquidity, zeroForOne), feePips);
  return { sqrtPriceNextX96: next, amountIn, amountOut };
}

function addFee(amountIn: bigint, feePips: bigint): bigint {
  return amountIn + mulDivUp(amountIn, feePips, PIPS - feePips);
}

function amountInBetween(fromX96: bigint, toX96: bigint, liquidity: bigint, zeroForOne: boolean): bigint {
  return zeroForOne
    ? getAmount0DeltaUp(toX96, fromX96, liquidity)
    : getAmount1DeltaUp(fromX96, toX96, liquidity);
}

function amountOutBetween(fromX96: bigint, toX96: bigint, liquidity: bigint, zeroForOne: boolean): bigint {
  return zeroForOne
    ? getAmount1DeltaDown(toX96, fromX96, liquidity)
    : getAmount0DeltaDown(fromX96, toX96, liquidity);
}
