import { basename } from 'node:path';
import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { EventBus, Rule, type RuleProps, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { FunctionUrlAuthType, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { ConfigError } from '../errors.ts';
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
  /** By source. */
  private readonly functions = new Map<string, LambdaFunction>();
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
    const invokes = this.invokedBy(spec);
    const { lambda } = new LiquidatorFunction(this, constructId(spec.source), {
      ...{ spec, invokes },
      reservedConcurrency: deployment.reservedConcurrency,
      onFailure: new SqsDestination(this.deadLetters),
      environment: {
        LIQUIDATOR_CONFIG: deployment.networkJson,
        TABLE_NAME: this.ledger.tableName,
        SECRET_ID: this.secret.secretId,
        ...(invokes[0] && { RACER_FUNCTION: invokes[0].functionName }),
      },
    });
    this.functions.set(spec.source, lambda);
    this.ledger.grant(lambda, spec.ledger);
    if (spec.secret) this.secret.grantRead(lambda);
    if (spec.trigger.kind === 'url') this.addUrl(lambda, spec);
    else this.addRule(lambda, spec.trigger);
  }

  /** Itself apart: it knows its own name. */
  private invokedBy({ source, invokes = [] }: FunctionSpec): LambdaFunction[] {
    return invokes
      .filter((invoked) => invoked !== source)
      .map((invoked) => {
        const lambda = this.functions.get(invoked);
        if (lambda) return lambda;
        throw new ConfigError(
          `${source} calls ${invoked}, which comes after it: put it first in functions.ts.`,
        );
      });
  }

  private addUrl(lambda: LambdaFunction, { source }: FunctionSpec): void {
    const { url } = lambda.addFunctionUrl({ authType: FunctionUrlAuthType.NONE });
    new CfnOutput(this, `${constructId(source)}Url`, { value: url });
  }

  private addRule(lambda: LambdaFunction, trigger: EventTrigger): void {
    const target = new LambdaTarget(lambda, {
      retryAttempts: 0,
      maxEventAge: Duration.seconds(60),
      deadLetterQueue: this.deadLetters,
    });
    new Rule(lambda, 'Rule', { ...this.when(trigger), targets: [target] });
  }

  private when(trigger: EventTrigger): RuleProps {
    if (trigger.kind === 'schedule')
      return { schedule: Schedule.rate(Duration.minutes(trigger.everyMinutes)) };
    return { eventBus: this.bus, eventPattern: { detailType: [...trigger.detailTypes] } };
  }
}

type EventTrigger = Exclude<Trigger, { readonly kind: 'url' }>;

/** `functions/on-oracle-update.ts` → `OnOracleUpdate`. */
function constructId(source: string): string {
  const words = basename(source, '.ts').split('-');
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}
