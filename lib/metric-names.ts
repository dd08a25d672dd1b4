/** What is measured, and in which unit of CloudWatch; the alarms and the dashboard go by these names. */
export const METRIC_UNITS = {
  // Of the watcher, since it last said so. `Watching` is its heartbeat.
  Watching: 'Count',
  SourcesLive: 'Count',
  Updates: 'Count',
  Heads: 'Count',
  Faults: 'Count',
  // Of the racer.
  /** Price updates that this stack was the first to claim. */
  UpdatesRaced: 'Count',
  BundlesSent: 'Count',
  /** From the event's arrival to the handler's answer, where a bundle was sent. */
  RaceMs: 'Milliseconds',
  /** Of the operator that has least. */
  OperatorBalanceEth: 'None',
  // Of the settlement.
  BundlesLanded: 'Count',
  BundlesLost: 'Count',
  BundlesReverted: 'Count',
  /** Of policy.maxDailyLossWei; bundles under way count in full. */
  LossBudgetUsedPercent: 'Percent',
  // Of the refresh.
  /** Positions that were not in memory as they are on the chain. */
  BookDrift: 'Count',
} as const;

export type MetricName = keyof typeof METRIC_UNITS;

export const METRIC_NAMESPACE = 'Liquidator';
/** The one dimension of every metric. */
export const METRIC_DIMENSION = 'network';

export const METRIC_NAMES: readonly MetricName[] = Object.keys(METRIC_UNITS).filter(
  (name): name is MetricName => name in METRIC_UNITS,
);
