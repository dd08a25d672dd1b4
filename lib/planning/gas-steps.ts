import { min } from '../math/fixed-point.ts';
import { peakOf } from './peak.ts';

/** A size and what it leaves once its gas is paid. */
export interface Paid {
  readonly size: bigint;
  readonly gasUsed: bigint;
  readonly netWei: bigint;
}

/** `undefined` where the size cannot be done. */
export type PaidAt = (size: bigint) => Paid | undefined;

/**
 * The best size from `start`, which crosses hardly a tick, up to `peak`, the best without regard to gas. Gas rises at
 * once with every tick that a swap crosses, and what lies behind the tick pays for it little by little: where gas is
 * dear, the best size ends right before a tick. A few looks where even the last tick before the peak is worth it.
 */
export function bestWithGas(start: Paid, peak: Paid, at: PaidAt, gasPriceWei: bigint): Paid {
  const low = start.size;
  const oneLess = largestUsing(peak.gasUsed - 1n, low, peak, at);
  if (oneLess === undefined || oneLess.netWei <= peak.netWei) return peak;
  const size = peakOf(low, oneLess.size, (to) => withEvenGas(start, peak, at(to), gasPriceWei));
  const guess = size === undefined ? undefined : at(size);
  return climb(low, peak, better(oneLess, guess && largestUsing(guess.gasUsed, low, peak, at)), at);
}

/** As if gas rose evenly from `start` to `peak`: concave again. */
function withEvenGas(
  start: Paid,
  peak: Paid,
  paid: Paid | undefined,
  gasPriceWei: bigint,
): bigint | undefined {
  if (paid === undefined) return undefined;
  const evenGasWei =
    ((peak.gasUsed - start.gasUsed) * gasPriceWei * (paid.size - start.size)) / (peak.size - start.size);
  return paid.netWei + (paid.gasUsed - start.gasUsed) * gasPriceWei - evenGasWei;
}

/** From tick to tick, down and up, for as long as that leaves more. */
function climb(low: bigint, peak: Paid, start: Paid, at: PaidAt): Paid {
  let here = start;
  for (let ticks = 0; ticks < MOST_TICKS; ticks += 1) {
    const beyond = at(min(here.size + 2n * precisionOf(low, peak), peak.size));
    const down = largestUsing(here.gasUsed - 1n, low, peak, at);
    const up = beyond && largestUsing(beyond.gasUsed, low, peak, at);
    const next = better(better(here, down), up);
    if (next === here) break;
    here = next;
  }
  return here;
}

const MOST_TICKS = 10;
/** A tick is found to this part of the way to the peak. */
const TICK_BITS = 20n;

const precisionOf = (low: bigint, peak: Paid): bigint => ((peak.size - low) >> TICK_BITS) + 1n;

/** The largest size that uses no more than this gas. */
function largestUsing(gasUsed: bigint, low: bigint, peak: Paid, at: PaidAt): Paid | undefined {
  if (peak.gasUsed <= gasUsed) return peak;
  let best: Paid | undefined;
  let [from, to] = [low, peak.size];
  while (to - from > precisionOf(low, peak)) {
    const middle = at((from + to) / 2n);
    if (middle === undefined || middle.gasUsed > gasUsed) {
      to = (from + to) / 2n;
    } else {
      best = middle;
      from = middle.size;
    }
  }
  return best;
}

const better = (a: Paid, b: Paid | undefined): Paid => (b !== undefined && b.netWei > a.netWei ? b : a);
