import { max, min, mulDivDown, WAD } from '../../math/fixed-point.ts';
import type { Market } from './state.ts';

/** What a market's interest rate model will charge, as far as it can be foreseen. */
export type InterestRate =
  /** A market without a model. */
  | { readonly kind: 'none' }
  /** Computed for any moment; the rate at target is as of the market's last update. */
  | { readonly kind: 'adaptiveCurve'; readonly rateAtTargetWad: bigint }
  /** Another model: what it said at the block that was read. */
  | { readonly kind: 'frozen'; readonly borrowRateWad: bigint };

/** A second's rate over the time since the last update; `undefined` where there is no model. */
export function borrowRateWad(
  rate: InterestRate,
  market: Market,
  timestampSeconds: number,
): bigint | undefined {
  switch (rate.kind) {
    case 'none':
      return undefined;
    case 'frozen':
      return rate.borrowRateWad;
    case 'adaptiveCurve':
      return adaptiveCurveRateWad(rate.rateAtTargetWad, market, timestampSeconds);
  }
}

const SECONDS_PER_YEAR = 31_536_000n;
const CURVE_STEEPNESS = 4n * WAD;
const TARGET_UTILIZATION = (9n * WAD) / 10n;
const INITIAL_RATE_AT_TARGET = (4n * WAD) / 100n / SECONDS_PER_YEAR;
const ADJUSTMENT_SPEED = (50n * WAD) / SECONDS_PER_YEAR;
const MIN_RATE_AT_TARGET = WAD / 1_000n / SECONDS_PER_YEAR;
const MAX_RATE_AT_TARGET = (2n * WAD) / SECONDS_PER_YEAR;

/**
 * github.com/morpho-org/morpho-blue-irm `src/adaptive-curve-irm/AdaptiveCurveIrm.sol#_borrowRate`: the average
 * over the time since the last update. BigInt division rounds towards zero, as the contract's does.
 */
function adaptiveCurveRateWad(startRate: bigint, market: Market, timestampSeconds: number): bigint {
  const { totalSupplyAssets, totalBorrowAssets, lastUpdate } = market;
  const utilization = totalSupplyAssets > 0n ? mulDivDown(totalBorrowAssets, WAD, totalSupplyAssets) : 0n;
  const distance = utilization - TARGET_UTILIZATION;
  const error = (distance * WAD) / (distance > 0n ? WAD - TARGET_UTILIZATION : TARGET_UTILIZATION);
  const elapsed = BigInt(timestampSeconds - lastUpdate);
  return curve(averageRateAtTarget(startRate, ((ADJUSTMENT_SPEED * error) / WAD) * elapsed), error);
}

function averageRateAtTarget(start: bigint, linearAdaptation: bigint): bigint {
  if (start === 0n) return INITIAL_RATE_AT_TARGET;
  if (linearAdaptation === 0n) return start;
  const end = adapted(start, linearAdaptation);
  const middle = adapted(start, linearAdaptation / 2n);
  return (start + end + 2n * middle) / 4n;
}

const adapted = (start: bigint, linearAdaptation: bigint): bigint =>
  min(max((start * wExp(linearAdaptation)) / WAD, MIN_RATE_AT_TARGET), MAX_RATE_AT_TARGET);

function curve(rateAtTarget: bigint, error: bigint): bigint {
  const coefficient = error < 0n ? WAD - (WAD * WAD) / CURVE_STEEPNESS : CURVE_STEEPNESS - WAD;
  return (((coefficient * error) / WAD + WAD) * rateAtTarget) / WAD;
}

const LN_2 = 693147180559945309n;
const LN_WEI = -41446531673892822312n;
const WEXP_UPPER_BOUND = 93859467695000404319n;
const WEXP_UPPER_VALUE = 57716089161558943949701069502944508345128422502756744429568n;

/** The same repository's `src/adaptive-curve-irm/libraries/ExpLib.sol#wExp`: 2^q · e^r, e^r by its first terms. */
function wExp(x: bigint): bigint {
  if (x < LN_WEI) return 0n;
  if (x >= WEXP_UPPER_BOUND) return WEXP_UPPER_VALUE;
  const q = (x + (x < 0n ? -(LN_2 / 2n) : LN_2 / 2n)) / LN_2;
  const r = x - q * LN_2;
  const expR = WAD + r + (r * r) / WAD / 2n;
  return q >= 0n ? expR << q : expR >> -q;
}
