import { basename } from 'node:path';
import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { EventBus, Rule, type RuleProps, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Deployment } from './deployment.ts';
import { FUNCTIONS, type FunctionSpec, type Trigger } from './functions.ts';
import { LedgerTable } from './ledger-table.ts';
import { LiquidatorFunction } from './liquidator-function.ts';
import { OperatorSecret } from './operator-secret.ts';

/** One network's liquidator: the ledger, the secret, the bus that wakes the Lambdas, and the Lambdas. */
export class LiquidatorStack extends Stack {
  private readonly ledger = new LedgerTable(this, 'Ledger');
  private readonly secret = new OperatorSecret(this, 'Operator');
  private readonly bus = new EventBus(this, 'Events');
  /** Events that nobody handled: each is a lost race or a broken rule, and somebody should look. */
  private readonly deadLetters = new Queue(this, 'DeadLetters', {
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });

  constructor(scope: Construct, id: string, deployment: Deployment, functions = FUNCTIONS) {
    super(scope, id, {
      description: `Serverless liquidator on ${deployment.network}, chain ${deployment.chainId}`,
    });
    for (const spec of functions) this.add(spec, deployment);
    new CfnOutput(this, 'TableName', { value: this.ledger.tableName });
    new CfnOutput(this, 'SecretId', { value: this.secret.secretId });
    new CfnOutput(this, 'EventBusName', { value: this.bus.eventBusName });
  }

  private add(spec: FunctionSpec, deployment: Deployment): void {
    const { lambda } = new LiquidatorFunction(this, constructId(spec.source), {
      spec,
      reservedConcurrency: deployment.reservedConcurrency,
      onFailure: new SqsDestination(this.deadLetters),
      environment: {
        LIQUIDATOR_CONFIG: deployment.networkJson,
        TABLE_NAME: this.ledger.tableName,
        SECRET_ID: this.secret.secretId,
      },
    });
    this.ledger.grant(lambda, spec.ledger);
    if (spec.secret) this.secret.grantRead(lambda);
    const target = new LambdaFunction(lambda, {
      retryAttempts: 0,
      maxEventAge: Duration.seconds(60),
      deadLetterQueue: this.deadLetters,
    });
    new Rule(lambda, 'Rule', { ...this.when(spec.trigger), targets: [target] });
  }

  private when(trigger: Trigger): RuleProps {
    if (trigger.kind === 'schedule')
      return { schedule: Schedule.rate(Duration.minutes(trigger.everyMinutes)) };
    return { eventBus: this.bus, eventPattern: { detailType: [...trigger.detailTypes] } };
  }
}

/** `functions/on-oracle-update.ts` → `OnOracleUpdate`. */
function constructId(source: string): string {
  const words = basename(source, '.ts').split('-');
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}
