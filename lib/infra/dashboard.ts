import { Duration } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  SingleValueWidget,
  Stats,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { MetricName } from '../metric-names.ts';
import { ownMetric } from './metrics.ts';

export interface OperationsProps {
  readonly network: string;
  readonly alarms: readonly Alarm[];
  readonly lambdas: ReadonlyMap<string, LambdaFunction>;
}

const FIVE_MINUTES = Duration.minutes(5);
const WIDTH = 24;

/** Is it alive, is it fast, does it win: one page. What was earned is in the ledger's own report. */
export class Operations extends Construct {
  constructor(scope: Construct, id: string, { network, alarms, lambdas }: OperationsProps) {
    super(scope, id);
    const own = (name: MetricName, statistic: string, label: string) =>
      ownMetric(network, name, statistic, FIVE_MINUTES, { label });
    const each = (metric: (lambda: LambdaFunction, label: string) => IMetric) =>
      [...lambdas].map(([label, lambda]) => metric(lambda, label));
    new Dashboard(this, 'Dashboard', {
      defaultInterval: Duration.days(1),
      widgets: [
        [new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: WIDTH, height: 4 })],
        [
          graph('Price updates and bundles', [
            own('UpdatesRaced', Stats.SUM, 'updates'),
            own('BundlesSent', Stats.SUM, 'sent'),
            own('BundlesLanded', Stats.SUM, 'landed'),
            own('BundlesLost', Stats.SUM, 'lost'),
            own('BundlesReverted', Stats.SUM, 'reverted'),
          ]),
          graph('Event to bundles sent, ms', [
            own('RaceMs', Stats.percentile(50), 'p50'),
            own('RaceMs', Stats.percentile(99), 'p99'),
          ]),
        ],
        [
          graph(
            'Duration p99, ms',
            each((lambda, label) => lambda.metricDuration({ label, statistic: 'p99' })),
          ),
          graph(
            'Errors',
            each((lambda, label) => lambda.metricErrors({ label, statistic: Stats.SUM })),
          ),
        ],
        [
          new SingleValueWidget({
            ...{ title: 'Now', width: WIDTH, height: 4 },
            metrics: [
              own('OperatorBalanceEth', Stats.MINIMUM, 'operator, ETH'),
              own('LossBudgetUsedPercent', Stats.MAXIMUM, 'loss budget used, %'),
              own('BookDrift', Stats.SUM, 'positions that drifted'),
              own('SourcesLive', Stats.MINIMUM, 'sources that the watcher hears'),
            ],
          }),
        ],
      ],
    });
  }
}

const graph = (title: string, left: IMetric[]): GraphWidget =>
  new GraphWidget({ title, left, width: WIDTH / 2 });
