import { Duration, Stack } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { MetricName } from '../metric-names.ts';
import type { Deployment } from './deployment.ts';
import { ownMetric } from './metrics.ts';

export interface AlarmsProps {
  readonly deployment: Deployment;
  /** By their construct ids. */
  readonly lambdas: ReadonlyMap<string, LambdaFunction>;
  readonly deadLetters: Queue;
  /** Whether a Lambda of this stack watches the mempool. */
  readonly watches: boolean;
}

/** One thing that somebody should hear of; docs/runbook.md says under its name what to do. */
interface AlarmSpec {
  readonly name: string;
  readonly means: string;
  readonly metric: IMetric;
  readonly threshold: number;
  readonly below?: boolean;
  /** No number at all is as bad as a wrong one. */
  readonly silenceIsBad?: boolean;
}

/** Everything that can go wrong without anybody noticing, and whom it is told. */
export class Alarms extends Construct {
  readonly topicArn: string;
  readonly all: readonly Alarm[];

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const topic = this.topic(props.deployment.options.alarmEmail);
    this.topicArn = topic.topicArn;
    this.all = specsOf(props).map((spec) => this.alarm(spec));
    for (const alarm of this.all) alarm.addAlarmAction(new SnsAction(topic));
  }

  private topic(email: string | undefined): Topic {
    const topic = new Topic(this, 'Topic', { enforceSSL: true });
    // A topic with a policy of its own loses the default one, by which alarms may publish.
    topic.grantPublish(
      new ServicePrincipal('cloudwatch.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    if (email !== undefined) topic.addSubscription(new EmailSubscription(email));
    return topic;
  }

  private alarm({ name, means, metric, threshold, below, silenceIsBad }: AlarmSpec): Alarm {
    return new Alarm(this, name, {
      alarmDescription: `${means} What to do: docs/runbook.md, "${name}".`,
      metric,
      threshold,
      evaluationPeriods: 1,
      comparisonOperator: below
        ? ComparisonOperator.LESS_THAN_THRESHOLD
        : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: silenceIsBad ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
  }
}

const SOON = Duration.minutes(5);
const DAY = Duration.days(1);

function specsOf(props: AlarmsProps): readonly AlarmSpec[] {
  const functions = [...props.lambdas].flatMap(([name, lambda]) => functionSpecs(name, lambda));
  return [
    ...raceSpecs(props.deployment),
    ...(props.watches ? [watcherSpec(props)] : []),
    ...functions,
    dead(props),
  ];
}

function raceSpecs({ network, options, minOperatorBalanceEth }: Deployment): readonly AlarmSpec[] {
  const own = (name: MetricName, statistic: string, period: Duration) =>
    ownMetric(network, name, statistic, period);
  const quiet = Duration.minutes(options.maxMinutesWithoutUpdate);
  return [
    {
      ...{ name: 'NoOracleUpdate', below: true, threshold: 1, silenceIsBad: true },
      means: `No price update for ${options.maxMinutesWithoutUpdate} minutes: whatever should send them does not.`,
      metric: own('UpdatesRaced', Stats.SUM, quiet),
    },
    {
      ...{ name: 'NothingLanded', threshold: 1 },
      means: 'Bundles were sent for a day and none was included: we are outbid, late, or nobody listens.',
      metric: new MathExpression({
        expression: 'IF(FILL(sent, 0) > 0 AND FILL(landed, 0) < 1, 1, 0)',
        usingMetrics: {
          sent: own('BundlesSent', Stats.SUM, DAY),
          landed: own('BundlesLanded', Stats.SUM, DAY),
        },
        period: DAY,
      }),
    },
    {
      ...{ name: 'OperatorBalanceLow', below: true, threshold: minOperatorBalanceEth },
      means: `The operator has less than ${minOperatorBalanceEth} ETH: soon it cannot pay for gas.`,
      metric: own('OperatorBalanceEth', Stats.MINIMUM, Duration.minutes(15)),
    },
    {
      ...{ name: 'LossBudgetUsed', threshold: 100 },
      means: 'Today lost as much as it may: the races are paused.',
      metric: own('LossBudgetUsedPercent', Stats.MAXIMUM, SOON),
    },
    {
      ...{ name: 'BookDrift', threshold: 1 },
      means: 'A position in memory was not what the chain says: prices move, and we see it wrongly.',
      metric: own('BookDrift', Stats.SUM, SOON),
    },
  ];
}

const watcherSpec = ({ deployment }: AlarmsProps): AlarmSpec => ({
  ...{ name: 'WatcherSilent', below: true, threshold: 1, silenceIsBad: true },
  means: 'The mempool watcher has not been heard of for five minutes: races start late or never.',
  metric: ownMetric(deployment.network, 'Watching', Stats.SUM, SOON),
});

const functionSpecs = (name: string, lambda: LambdaFunction): readonly AlarmSpec[] => [
  {
    ...{ name: `${name}Errors`, threshold: 1 },
    means: `${name} failed: its log says why.`,
    metric: lambda.metricErrors({ period: SOON, statistic: Stats.SUM }),
  },
  {
    ...{ name: `${name}Throttles`, threshold: 1 },
    means: `${name} was not run for want of concurrency: its events are late or lost.`,
    metric: lambda.metricThrottles({ period: SOON, statistic: Stats.SUM }),
  },
];

const dead = ({ deadLetters }: AlarmsProps): AlarmSpec => ({
  ...{ name: 'DeadLetters', threshold: 1 },
  means: 'An event was not handled by anybody, and is kept for 14 days.',
  metric: deadLetters.metricApproximateNumberOfMessagesVisible({ period: SOON, statistic: Stats.MAXIMUM }),
});
