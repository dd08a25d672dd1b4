import { divUp, mulDivDown, mulDivUp } from '../../math/fixed-point.ts';

/**
 * Token amounts ↔ movement of the square root price, for one constant liquidity.
 * Mirrors @uniswap/v3-core@1.0.1 contracts/libraries/SqrtPriceMath.sol. Prices are Q64.96, amounts raw units.
 */

export const Q96 = 1n << 96n;

/** liquidity / sqrt(lower) − liquidity / sqrt(upper), rounded down: what the pool pays in token0. */
export function getAmount0DeltaDown(lowerX96: bigint, upperX96: bigint, liquidity: bigint): bigint {
  return mulDivDown(liquidity << 96n, upperX96 - lowerX96, upperX96) / lowerX96;
}

/** The same rounded up, twice as the contract does: what the pool asks in token0. */
export function getAmount0DeltaUp(lowerX96: bigint, upperX96: bigint, liquidity: bigint): bigint {
  return divUp(mulDivUp(liquidity << 96n, upperX96 - lowerX96, upperX96), lowerX96);
}

/** liquidity · (sqrt(upper) − sqrt(lower)), rounded down: what the pool pays in token1. */
export function getAmount1DeltaDown(lowerX96: bigint, upperX96: bigint, liquidity: bigint): bigint {
  return (liquidity * (upperX96 - lowerX96)) >> 96n;
}

/** The same rounded up: what the pool asks in token1. */
export function getAmount1DeltaUp(lowerX96: bigint, upperX96: bigint, liquidity: bigint): bigint {
  return mulDivUp(liquidity, upperX96 - lowerX96, Q96);
}

/** Price after the pool received `amountIn`, rounded so that it moves no further than paid for. */
export function getNextSqrtPriceFromInput(
  sqrtPriceX96: bigint,
  liquidity: bigint,
  amountIn: bigint,
  zeroForOne: boolean,
): bigint {
  return zeroForOne
    ? afterToken0In(sqrtPriceX96, liquidity, amountIn)
    : sqrtPriceX96 + (amountIn << 96n) / liquidity;
}

/** Price after the pool paid `amountOut`, rounded so that it moves no less than that costs. */
export function getNextSqrtPriceFromOutput(
  sqrtPriceX96: bigint,
  liquidity: bigint,
  amountOut: bigint,
  zeroForOne: boolean,
): bigint {
  return zeroForOne
    ? sqrtPriceX96 - divUp(amountOut << 96n, liquidity)
    : afterToken0Out(sqrtPriceX96, liquidity, amountOut);
}

/**
 * The contract divides first where the product exceeds uint256. No step gets there: each ends at tick 0, or
 * begins there, so that its amount times its price is below 2^224 while a token's supply is below 2^128.
 */
function afterToken0In(sqrtPriceX96: bigint, liquidity: bigint, amount: bigint): bigint {
  const numerator = liquidity << 96n;
  return mulDivUp(numerator, sqrtPriceX96, numerator + amount * sqrtPriceX96);
}

function afterToken0Out(sqrtPriceX96: bigint, liquidity: bigint, amount: bigint): bigint {
  const numerator = liquidity << 96n;
  return mulDivUp(numerator, sqrtPriceX96, numerator - amount * sqrtPriceX96);
}
