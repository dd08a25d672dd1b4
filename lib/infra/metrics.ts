import type { Duration } from 'aws-cdk-lib';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { METRIC_DIMENSION, METRIC_NAMESPACE, type MetricName } from '../metric-names.ts';

/** A metric that our Lambdas write into their logs. */
export function ownMetric(
  network: string,
  metricName: MetricName,
  statistic: string,
  period: Duration,
  options: MetricOptions = {},
): Metric {
  const dimensionsMap = { [METRIC_DIMENSION]: network };
  return new Metric({
    ...options,
    namespace: METRIC_NAMESPACE,
    metricName,
    dimensionsMap,
    statistic,
    period,
  });
}
