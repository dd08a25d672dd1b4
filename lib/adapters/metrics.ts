/** Numbers that CloudWatch makes metrics of, without a call: one line of its embedded metric format. */
export interface Metrics {
  /** @param counts since the last call */
  emit(counts: Readonly<Record<string, number>>): void;
}

/**
 * Writes to standard output directly: Lambda's `console` would wrap the line, and CloudWatch look for `_aws` in
 * vain. Source: CloudWatch user guide, "Specification: Embedded metric format".
 */
export function embeddedMetrics(
  dimensions: Readonly<Record<string, string>>,
  clock: { nowMs(): number },
  write: (line: string) => void = (line) => void process.stdout.write(line),
): Metrics {
  return {
    emit(counts) {
      const directive = {
        Namespace: 'Liquidator',
        Dimensions: [Object.keys(dimensions)],
        Metrics: Object.keys(counts).map((Name) => ({ Name })),
      };
      const _aws = { Timestamp: clock.nowMs(), CloudWatchMetrics: [directive] };
      write(`${JSON.stringify({ _aws, ...dimensions, ...counts })}\n`);
    },
  };
}
