import { max } from '../math/fixed-point.ts';

/** What a size is worth; `undefined` where it cannot be done, and then nothing larger can. */
export type ValueAt = (size: bigint) => bigint | undefined;

/**
 * The size in [low, high] at which a concave value is greatest: exactly `high` where it still rises there, else one
 * whose value is within a part in 2^14 of the greatest. A chord of a concave value, drawn out beyond its ends, lies
 * above it: where two such lines meet is a bound on all there is to find, and the proof that enough is found.
 *
 * @param least once it is certain that no size is worth more than this, the best seen so far will do
 * @returns `undefined` where nothing can be done
 */
export function peakOf(low: bigint, high: bigint, valueAt: ValueAt, least?: bigint): bigint | undefined {
  const search = new PeakSearch(low, valueAt);
  const end = search.chord(high - stepFrom(low, high), high);
  if (end === undefined ? search.best?.size === high : end.slope >= 0) return high;
  const start = search.chord(low, low + stepFrom(low, high));
  if (start !== undefined && start.slope > 0) search.narrow(start, end ?? high, least);
  const { best } = search;
  const first = low + stepFrom(low, high);
  const isBeforeFirst = best === undefined || best.size <= first;
  return isBeforeFirst && low === 0n && first > FINEST ? peakOf(low, 2n * first, valueAt, least) : best?.size;
}

/** A stretch of the value, from one size to a little larger one. */
interface Chord {
  readonly from: bigint;
  readonly to: bigint;
  readonly value: number;
  /** Value per unit of size. */
  readonly slope: number;
}

/** Chords are long enough for a slope that rounding does not blur, and short enough to have one. */
const CHORD_BITS = 10n;
const FINEST = 1n << 12n;
const TOLERANCE = 2 ** -14;
/** Many more than any peak takes. */
const MOST_CHORDS = 60;

const stepFrom = (low: bigint, size: bigint): bigint => max((size - low) >> CHORD_BITS, 1n);

class PeakSearch {
  best: { readonly size: bigint; readonly value: bigint } | undefined;
  readonly #low: bigint;
  readonly #valueAt: ValueAt;

  constructor(low: bigint, valueAt: ValueAt) {
    this.#low = low;
    this.#valueAt = valueAt;
  }

  /** `undefined` where one of its ends cannot be done. */
  chord(from: bigint, to: bigint): Chord | undefined {
    const last = this.#look(to);
    const first = last === undefined ? undefined : this.#look(from);
    if (first === undefined || last === undefined) return undefined;
    return { from, to, value: Number(first), slope: Number(last - first) / Number(to - from) };
  }

  /** Between a chord that rises and one that falls, or a size that cannot be done. */
  narrow(rising: Chord, beyond: Chord | bigint, least: bigint | undefined): void {
    let left = rising;
    let right = beyond;
    for (let chords = 0; chords < MOST_CHORDS; chords += 1) {
      const bound = typeof right === 'bigint' ? Number.POSITIVE_INFINITY : meeting(left, right).value;
      const isEnough = this.#isAsGoodAs(bound) || (least !== undefined && bound <= Number(least));
      const size = isEnough ? undefined : nextSize(left, right, chords % 2 === 0);
      if (size === undefined) break;
      const next = this.chord(size, size + stepFrom(this.#low, size)) ?? size;
      if (typeof next !== 'bigint' && next.slope > 0) left = next;
      else right = next;
    }
  }

  #look(size: bigint): bigint | undefined {
    const value = this.#valueAt(size);
    if (value !== undefined && (this.best === undefined || value > this.best.value)) {
      this.best = { size, value };
    }
    return value;
  }

  #isAsGoodAs(bound: number): boolean {
    const value = Number(this.best?.value ?? 0n);
    return bound - value <= Math.abs(value) * TOLERANCE;
  }
}

/** Where the slope would be 0 if it fell evenly, and where the chords meet, by turns; nothing in between them. */
function nextSize(left: Chord, right: Chord | bigint, isEven: boolean): bigint | undefined {
  const end = typeof right === 'bigint' ? right : right.from;
  const room = end - left.to;
  if (room <= 1n || (typeof right === 'bigint' && room <= left.to >> CHORD_BITS)) return undefined;
  if (typeof right === 'bigint') return left.to + (room >> 2n);
  const share = left.slope / (left.slope - right.slope);
  const guess = isEven
    ? Number(left.from) + share * Number(right.from - left.from)
    : meeting(left, right).size;
  const margin = (room >> 6n) + 1n;
  return clamp(BigInt(Math.round(guess)), left.to + margin, end - margin);
}

function meeting(left: Chord, right: Chord): { readonly size: number; readonly value: number } {
  const [from, to] = [Number(left.from), Number(right.from)];
  const size = (right.value - right.slope * to - left.value + left.slope * from) / (left.slope - right.slope);
  return { size, value: left.value + left.slope * (size - from) };
}

function clamp(size: bigint, least: bigint, most: bigint): bigint {
  if (size < least) return least;
  return size > most ? most : size;
}
