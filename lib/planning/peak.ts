import { max } from '../math/fixed-point.ts';

/** What a size is worth; `undefined` where it cannot be done, and then nothing larger can. */
export type ValueAt = (size: bigint) => bigint | undefined;

/**
 * The size in [low, high] at which a concave value is greatest. Exactly `high` where the value still rises there,
 * which takes two looks. Else within a part in 2^13 of its distance from `low`, in about eight looks: a peak is
 * flat, so that this costs millionths of the value.
 */
export function peakOf(low: bigint, high: bigint, valueAt: ValueAt): bigint {
  const look = (size: bigint): Look => ({ size, value: valueAt(size) });
  const end = look(high);
  const near = look(max(low, high - max((high - low) >> END_BITS, 1n)));
  if (end.value !== undefined && !isBelow(end, near)) return high;
  const start = look(low);
  const bracket = bracketAround({ left: start, middle: near, right: end }, look);
  return bracket === undefined ? low : climb(bracket, look, low);
}

interface Look {
  readonly size: bigint;
  readonly value: bigint | undefined;
}

/** The peak lies between `left` and `right` when neither is above `middle`. */
interface Bracket {
  readonly left: Look;
  readonly middle: Look;
  readonly right: Look;
}

/** How near to the end its slope is taken. */
const END_BITS = 10n;
const TOLERANCE_BITS = 13n;
/** Many more than any peak takes. */
const MOST_LOOKS = 100;

/** What cannot be done is below everything. */
const isBelow = (a: Look, b: Look): boolean =>
  b.value !== undefined && (a.value === undefined || a.value < b.value);

/** From the two ends inwards, then towards `left` in great strides; `undefined` where the value only falls. */
function bracketAround(
  { left, middle: near, right: end }: Bracket,
  look: (size: bigint) => Look,
): Bracket | undefined {
  let right = near;
  let middle = look(
    between(left, near, vertex({ left, middle: near, right: end })) ?? goldenIn(near.size, left.size),
  );
  while (!isBelow(left, middle)) {
    right = middle;
    middle = look(left.size + ((middle.size - left.size) >> STRIDE_BITS));
    if (middle.size === left.size) return undefined;
  }
  return isBelow(middle, right) ? { left: middle, middle: right, right: end } : { left, middle, right };
}

const STRIDE_BITS = 3n;

/** Brent's search: to the vertex of the parabola through the bracket, now and then into its wider side. */
function climb(bracket: Bracket, look: (size: bigint) => Look, low: bigint): bigint {
  let current = bracket;
  for (let looks = 1; looks <= MOST_LOOKS; looks += 1) {
    const size = nextSize(current, (current.middle.size - low) >> TOLERANCE_BITS, looks % 4 === 0);
    if (size === undefined) break;
    current = narrowed(current, look(size));
  }
  return current.middle.size;
}

/** `undefined` where the bracket is as narrow as asked for. */
function nextSize(bracket: Bracket, tolerance: bigint, isGolden: boolean): bigint | undefined {
  const { left, middle, right } = bracket;
  const isLeftWider = middle.size - left.size > right.size - middle.size;
  const far = isLeftWider ? left.size : right.size;
  if (distance(far, middle.size) <= max(tolerance, 1n)) return undefined;
  const guess = isGolden ? undefined : between(left, right, vertex(bracket));
  if (guess === undefined) return goldenIn(middle.size, far);
  if (distance(guess, middle.size) >= max(tolerance, 1n)) return guess;
  const step = max(tolerance, 1n);
  return isLeftWider ? middle.size - step : middle.size + step;
}

function narrowed({ left, middle, right }: Bracket, look: Look): Bracket {
  const [first, second] = look.size < middle.size ? [look, middle] : [middle, look];
  return isBelow(first, second)
    ? { left: first, middle: second, right }
    : { left, middle: first, right: second };
}

/** Where the parabola through three looks is highest. */
function vertex({ left, middle, right }: Bracket): bigint | undefined {
  if (left.value === undefined || middle.value === undefined || right.value === undefined) return undefined;
  const [before, after] = [Number(middle.size - left.size), Number(right.size - middle.size)];
  const rise = Number(middle.value - left.value) / before;
  const fall = Number(middle.value - right.value) / after;
  const curvature = (rise + fall) / (before + after);
  const offset = (rise - curvature * before) / (2 * curvature);
  return Number.isFinite(offset) ? middle.size + BigInt(Math.round(offset)) : undefined;
}

const between = (left: Look, right: Look, size: bigint | undefined): bigint | undefined =>
  size !== undefined && size > left.size && size < right.size ? size : undefined;

const distance = (a: bigint, b: bigint): bigint => (a > b ? a - b : b - a);

/** 0.382 of the way from one size to another. */
const goldenIn = (from: bigint, to: bigint): bigint => from + ((to - from) * 382n) / 1000n;
