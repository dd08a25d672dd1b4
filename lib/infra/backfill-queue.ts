import { Duration } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/** A piece that failed so often is a dead letter. */
const MOST_ATTEMPTS = 5;
/** AWS: six times the function's timeout, so that a piece is not begun twice. */
const VISIBILITY = Duration.hours(1);

/** The work of a backfill: block ranges to look through. */
export class BackfillQueue extends Construct {
  readonly queueUrl: string;
  private readonly queue: Queue;

  constructor(scope: Construct, id: string, deadLetters: Queue) {
    super(scope, id);
    this.queue = new Queue(this, 'Queue', {
      enforceSSL: true,
      visibilityTimeout: VISIBILITY,
      retentionPeriod: Duration.days(4),
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: MOST_ATTEMPTS },
    });
    this.queueUrl = this.queue.queueUrl;
  }

  /** One message an invocation, so many at once; only those that failed come again. */
  feed(lambda: LambdaFunction, maxConcurrency: number): void {
    const source = new SqsEventSource(this.queue, {
      batchSize: 1,
      maxConcurrency,
      reportBatchItemFailures: true,
    });
    lambda.addEventSource(source);
  }

  grantSend(grantee: IGrantable): void {
    const resources = [this.queue.queueArn];
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({ actions: ['sqs:SendMessage'], resources }),
    );
  }
}
