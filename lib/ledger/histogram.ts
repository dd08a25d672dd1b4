/** How many durations fell into each bucket; a bucket is 5 % wide, so that a percentile is right to 2.5 %. */
export type Histogram = Readonly<Record<string, number>>;

export function histogramOf(durationsMs: readonly number[]): Histogram {
  const counts: Record<string, number> = {};
  for (const ms of durationsMs) {
    const bucket = bucketOf(ms);
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
  return counts;
}

export function mergeHistograms(histograms: readonly Histogram[]): Histogram {
  const counts: Record<string, number> = {};
  for (const [bucket, count] of histograms.flatMap((one) => Object.entries(one)))
    counts[bucket] = (counts[bucket] ?? 0) + count;
  return counts;
}

/** The middle of the bucket that holds it, in ms. @param share 0 to 1 @returns `undefined` of nothing */
export function percentileMs(histogram: Histogram, share: number): number | undefined {
  const buckets = Object.entries(histogram).sort(([a], [b]) => Number(a) - Number(b));
  const total = buckets.reduce((sum, [, count]) => sum + count, 0);
  let seen = 0;
  for (const [bucket, count] of buckets) {
    seen += count;
    if (seen >= share * total) return WIDTH ** Number(bucket);
  }
  return undefined;
}

const WIDTH = 1.05;
/** Anything shorter is as good as nothing. */
const SHORTEST_MS = 0.1;

const bucketOf = (ms: number): string =>
  `${Math.round(Math.log(Math.max(ms, SHORTEST_MS)) / Math.log(WIDTH))}`;
