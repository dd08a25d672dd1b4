export interface Percentiles {
  readonly best: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly worst: number;
}

/** Nearest rank. */
export function percentilesOf(samples: readonly number[]): Percentiles {
  const sorted = samples.toSorted((one, other) => one - other);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return { best: sorted[0] ?? 0, p50: at(0.5), p95: at(0.95), p99: at(0.99), worst: sorted.at(-1) ?? 0 };
}

/** x of y ≈ c·N^x, by least squares in logarithms. */
export function fittedExponent(points: readonly (readonly [number, number])[]): number {
  const logs = points.map(([n, y]) => [Math.log(n), Math.log(y)] as const);
  const mean = (at: 0 | 1) => logs.reduce((sum, log) => sum + log[at], 0) / logs.length;
  const [n0, y0] = [mean(0), mean(1)];
  const covariance = logs.reduce((sum, [n, y]) => sum + (n - n0) * (y - y0), 0);
  return covariance / logs.reduce((sum, [n]) => sum + (n - n0) ** 2, 0);
}
