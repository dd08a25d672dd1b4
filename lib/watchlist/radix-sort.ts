import { itemAt } from './account-table.ts';

const BITS = 11;
const BUCKETS = 2 ** BITS;

/** Keys ascending, each with its row. Positive floats are ordered as the bits that they are made of. */
export function sortByKey(
  keys: Float32Array,
  rows: Uint32Array,
): { readonly keys: Float32Array; readonly rows: Uint32Array } {
  const length = keys.length;
  let from = { bits: new Uint32Array(keys.buffer, keys.byteOffset, length).slice(), rows: rows.slice() };
  let to = { bits: new Uint32Array(length), rows: new Uint32Array(length) };
  for (let shift = 0; shift < 32; shift += BITS) {
    const places = startsOf(from.bits, shift);
    for (let index = 0; index < length; index++) {
      const bits = itemAt(from.bits, index);
      const bucket = (bits >>> shift) & (BUCKETS - 1);
      const place = itemAt(places, bucket);
      places[bucket] = place + 1;
      to.bits[place] = bits;
      to.rows[place] = itemAt(from.rows, index);
    }
    [from, to] = [to, from];
  }
  return { keys: new Float32Array(from.bits.buffer), rows: from.rows };
}

function startsOf(bits: Uint32Array, shift: number): Uint32Array {
  const counts = new Uint32Array(BUCKETS);
  for (let index = 0; index < bits.length; index++) {
    const bucket = (itemAt(bits, index) >>> shift) & (BUCKETS - 1);
    counts[bucket] = itemAt(counts, bucket) + 1;
  }
  let start = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const count = itemAt(counts, bucket);
    counts[bucket] = start;
    start += count;
  }
  return counts;
}
