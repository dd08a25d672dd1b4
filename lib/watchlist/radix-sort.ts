const BITS = 11;
const BUCKETS = 2 ** BITS;

/** Keys ascending, and where each was before. Positive floats are ordered as the bits that they are made of. */
export function sortByKey(keys: Float32Array): { readonly keys: Float32Array; readonly values: Uint32Array } {
  const length = keys.length;
  const bits = new Uint32Array(keys.buffer, keys.byteOffset, length).slice();
  let from = { bits, values: new Uint32Array(length).map((_, index) => index) };
  let to = { bits: new Uint32Array(length), values: new Uint32Array(length) };
  for (let shift = 0; shift < 32; shift += BITS) {
    const places = startsOf(from.bits, shift);
    for (let index = 0; index < length; index++) {
      const key = from.bits[index] ?? 0;
      const bucket = (key >>> shift) & (BUCKETS - 1);
      const place = places[bucket] ?? 0;
      places[bucket] = place + 1;
      to.bits[place] = key;
      to.values[place] = from.values[index] ?? 0;
    }
    [from, to] = [to, from];
  }
  return { keys: new Float32Array(from.bits.buffer), values: from.values };
}

function startsOf(bits: Uint32Array, shift: number): Uint32Array {
  const counts = new Uint32Array(BUCKETS);
  for (let index = 0; index < bits.length; index++) {
    const bucket = ((bits[index] ?? 0) >>> shift) & (BUCKETS - 1);
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
  let start = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const count = counts[bucket] ?? 0;
    counts[bucket] = start;
    start += count;
  }
  return counts;
}
