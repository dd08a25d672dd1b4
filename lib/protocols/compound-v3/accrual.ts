import { FACTOR_SCALE, fitsUint64, mulFactor, presentValueBorrow, presentValueSupply } from './math.ts';
import type { Comet, RateCurve, Totals } from './state.ts';

/**
 * The indices once the interest up to this time is in them, `Comet.sol#accruedInterestIndices`: simple interest
 * since the last accrual, at the rates of the utilization that was then.
 *
 * @returns `undefined` where the contract overflows, and with it everything that accrues
 */
export function accrueInterest(
  totals: Totals,
  { supplyRate, borrowRate }: Pick<Comet, 'supplyRate' | 'borrowRate'>,
  timestampSeconds: number,
): Totals | undefined {
  const elapsed = BigInt(timestampSeconds - totals.lastAccrualTime);
  if (elapsed <= 0n) return totals;
  const utilization = utilizationOf(totals);
  const grown = (index: bigint, curve: RateCurve) =>
    index + mulFactor(index, rateAt(curve, utilization) * elapsed);
  const baseSupplyIndex = grown(totals.baseSupplyIndex, supplyRate);
  const baseBorrowIndex = grown(totals.baseBorrowIndex, borrowRate);
  if (!fitsUint64(baseSupplyIndex) || !fitsUint64(baseBorrowIndex)) return undefined;
  return { ...totals, baseSupplyIndex, baseBorrowIndex, lastAccrualTime: timestampSeconds };
}

/** Borrowed over supplied, × 1e18, rounded down; 0 where nobody supplies. */
export function utilizationOf(totals: Totals): bigint {
  const supplied = presentValueSupply(totals.totalSupplyBase, totals);
  const borrowed = presentValueBorrow(totals.totalBorrowBase, totals);
  return supplied === 0n ? 0n : (borrowed * FACTOR_SCALE) / supplied;
}

/** `Comet.sol#getSupplyRate`, `#getBorrowRate`: steeper above the kink, each part rounded down. */
export function rateAt({ kink, base, slopeLow, slopeHigh }: RateCurve, utilization: bigint): bigint {
  if (utilization <= kink) return base + mulFactor(slopeLow, utilization);
  return base + mulFactor(slopeLow, kink) + mulFactor(slopeHigh, utilization - kink);
}
