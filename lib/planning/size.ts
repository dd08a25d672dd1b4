/** A size and what it is worth. */
export interface Sized<T> {
  readonly size: bigint;
  readonly value: bigint;
  readonly choice: T;
}

/** What a size is worth; `undefined` where it cannot be done at all. */
export type Valuation<T> = (size: bigint) => { readonly value: bigint; readonly choice: T } | undefined;

/** Narrower than this share of the largest size, two sizes are worth the same. */
const RESOLUTION = 10_000n;

/**
 * The most valuable size in (0, largest]. Value is concave in the size (price impact only grows), so thirds
 * are thrown away; `largest` itself is always tried, for it alone may clear a debt and leave no dust.
 */
export function bestSize<T>(largest: bigint, valuation: Valuation<T>): Sized<T> | undefined {
  const sized = (size: bigint): Sized<T> | undefined => {
    const valued = size > 0n ? valuation(size) : undefined;
    return valued && { size, ...valued };
  };
  let low = 0n;
  let high = largest;
  let best = sized(largest);
  while (high - low > largest / RESOLUTION + 2n) {
    const third = (high - low) / 3n;
    const left = sized(low + third);
    const right = sized(high - third);
    best = better(best, better(left, right));
    if (right === undefined || (left !== undefined && left.value > right.value)) high -= third;
    else low += third;
  }
  return best;
}

function better<T>(a: Sized<T> | undefined, b: Sized<T> | undefined): Sized<T> | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return b.value > a.value ? b : a;
}
