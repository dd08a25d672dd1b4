/**
 * Tick ↔ square root of price, as Q64.96.
 * Mirrors @uniswap/v3-core@1.0.1 contracts/libraries/TickMath.sol (the same in @uniswap/v4-core@1.0.2).
 */

export const MIN_TICK = -887_272;
export const MAX_TICK = 887_272;
/** getSqrtRatioAtTick(MIN_TICK) */
export const MIN_SQRT_RATIO = 4_295_128_739n;
/** getSqrtRatioAtTick(MAX_TICK) */
export const MAX_SQRT_RATIO = 1_461_446_703_485_210_103_287_273_052_203_988_822_378_723_970_342n;

/** sqrt(1.0001^tick) · 2^96, rounded up from the contract's Q128.128 product. */
export function getSqrtRatioAtTick(tick: number): bigint {
  const ratioX128 = inverseRatioX128(Math.abs(tick));
  const oriented = tick > 0 ? MAX_UINT256 / ratioX128 : ratioX128;
  return (oriented + ROUND_UP_X32) >> 32n;
}

/** The greatest tick whose ratio is not above `sqrtPriceX96`. */
export function getTickAtSqrtRatio(sqrtPriceX96: bigint): number {
  const estimate = Math.floor(2 * LOG_1_0001(Number(sqrtPriceX96) / 2 ** 96));
  let tick = Math.min(Math.max(estimate, MIN_TICK), MAX_TICK);
  while (getSqrtRatioAtTick(tick) > sqrtPriceX96) tick -= 1;
  while (tick < MAX_TICK && getSqrtRatioAtTick(tick + 1) <= sqrtPriceX96) tick += 1;
  return tick;
}

const MAX_UINT256 = (1n << 256n) - 1n;
const ONE_X128 = 1n << 128n;
const ROUND_UP_X32 = (1n << 32n) - 1n;
const LOG_1_0001 = (x: number): number => Math.log(x) / Math.log(1.0001);

/** sqrt(1.0001)^(-2^i) · 2^128, for i = 0 … 19, with the contract's rounding. */
const INVERSE_POWERS_X128: readonly bigint[] = [
  0xfffcb933bd6fad37aa2d162d1a594001n,
  0xfff97272373d413259a46990580e213an,
  0xfff2e50f5f656932ef12357cf3c7fdccn,
  0xffe5caca7e10e4e61c3624eaa0941cd0n,
  0xffcb9843d60f6159c9db58835c926644n,
  0xff973b41fa98c081472e6896dfb254c0n,
  0xff2ea16466c96a3843ec78b326b52861n,
  0xfe5dee046a99a2a811c461f1969c3053n,
  0xfcbe86c7900a88aedcffc83b479aa3a4n,
  0xf987a7253ac413176f2b074cf7815e54n,
  0xf3392b0822b70005940c7a398e4b70f3n,
  0xe7159475a2c29b7443b29c7fa6e889d9n,
  0xd097f3bdfd2022b8845ad8f792aa5825n,
  0xa9f746462d870fdf8a65dc1f90e061e5n,
  0x70d869a156d2a1b890bb3df62baf32f7n,
  0x31be135f97d08fd981231505542fcfa6n,
  0x9aa508b5b7a84e1c677de54f3e99bc9n,
  0x5d6af8dedb81196699c329225ee604n,
  0x2216e584f5fa1ea926041bedfe98n,
  0x48a170391f7dc42444e8fa2n,
];

function inverseRatioX128(absTick: number): bigint {
  let ratio = ONE_X128;
  for (const [bit, power] of INVERSE_POWERS_X128.entries()) {
    if (absTick & (1 << bit)) ratio = (ratio * power) >> 128n;
  }
  return ratio;
}
