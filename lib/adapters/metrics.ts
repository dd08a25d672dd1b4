import {
  type METRIC_DIMENSION,
  METRIC_NAMES,
  METRIC_NAMESPACE,
  METRIC_UNITS,
  type MetricName,
} from '../metric-names.ts';

/**
 * Numbers that CloudWatch makes metrics of, without a call: one line of its embedded metric format. No text passes
 * through here, and so no secret.
 */
export interface Metrics {
  emit(values: Readonly<Partial<Record<MetricName, number>>>): void;
}

/**
 * Writes to standard output directly: Lambda's `console` would wrap the line, and CloudWatch look for `_aws` in
 * vain. Source: CloudWatch user guide, "Specification: Embedded metric format".
 */
export function embeddedMetrics(
  dimensions: Readonly<Record<typeof METRIC_DIMENSION, string>>,
  clock: { nowMs(): number },
  write: (line: string) => void = (line) => void process.stdout.write(line),
): Metrics {
  return {
    emit(values) {
      const directive = {
        Namespace: METRIC_NAMESPACE,
        Dimensions: [Object.keys(dimensions)],
        Metrics: METRIC_NAMES.filter((name) => values[name] !== undefined).map((Name) => ({
          Name,
          Unit: METRIC_UNITS[Name],
        })),
      };
      const _aws = { Timestamp: Math.round(clock.nowMs()), CloudWatchMetrics: [directive] };
      write(`${JSON.stringify({ _aws, ...dimensions, ...values })}\n`);
    },
  };
}
