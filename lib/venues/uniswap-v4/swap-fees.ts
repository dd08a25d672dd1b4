import type { SwapFees } from '../concentrated-liquidity/liquidity-curve.ts';
import { PIPS } from '../concentrated-liquidity/swap-math.ts';
import type { Slot0 } from './storage.ts';

/**
 * The protocol takes its fee from the input first, the liquidity providers theirs from the rest; a swap pays
 * the sum, rounded up. @uniswap/v4-core@1.0.2 src/libraries/ProtocolFeeLibrary.sol#calculateSwapFee
 */
export function swapFees({ protocolFee, lpFee }: Slot0): SwapFees {
  const together = (fee: bigint): bigint => fee + lpFee - (fee * lpFee) / PIPS;
  return { zeroForOne: together(protocolFee & MASK_12), oneForZero: together(protocolFee >> 12n) };
}

const MASK_12 = 0xfffn;
