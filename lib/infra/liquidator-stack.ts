import { basename } from 'node:path';
import { CfnOutput, Duration, Stack, Tags } from 'aws-cdk-lib';
import { EventBus, Rule, type RuleProps, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { FunctionUrlAuthType, type IFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { ConfigError } from '../errors.ts';
import { acknowledgeFindings } from './acknowledgements.ts';
import { Alarms } from './alarms.ts';
import { BackfillQueue } from './backfill-queue.ts';
import { Operations } from './dashboard.ts';
import type { Deployment } from './deployment.ts';
import { FUNCTIONS, type FunctionSpec, RACER, REFRESHER, type Trigger, WATCHER } from './functions.ts';
import { LedgerTable } from './ledger-table.ts';
import { LiquidatorFunction } from './liquidator-function.ts';
import { OperatorKey } from './operator-key.ts';
import { OperatorSecret } from './operator-secret.ts';

/** One network's liquidator: the ledger, the secret, the bus that wakes the Lambdas, the Lambdas, and their watch. */
export class LiquidatorStack extends Stack {
  private readonly ledger = new LedgerTable(this, 'Ledger');
  private readonly secret = new OperatorSecret(this, 'Operator');
  private readonly bus = new EventBus(this, 'Events');
  /** What to invoke, by source. */
  private readonly functions = new Map<string, readonly IFunction[]>();
  /** Events that nobody handled: each is a lost race or a broken rule, and somebody should look. */
  private readonly deadLetters = new Queue(this, 'DeadLetters', {
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });

  private readonly backfill = new BackfillQueue(this, 'Backfill', this.deadLetters);

  private readonly lambdas = new Map<string, LambdaFunction>();

  constructor(scope: Construct, id: string, deployment: Deployment, functions = FUNCTIONS) {
    super(scope, id, {
      description: `Serverless liquidator on ${deployment.network}, chain ${deployment.chainId}`,
    });
    for (const spec of functions.flatMap((spec) => sharedOut(spec, deployment))) this.add(spec, deployment);
    const alarms = this.watchOver(deployment, functions);
    Tags.of(this).add('application', 'liquidator');
    Tags.of(this).add('network', deployment.network);
    acknowledgeFindings(this);
    new CfnOutput(this, 'TableName', { value: this.ledger.tableName });
    new CfnOutput(this, 'SecretId', { value: this.secret.secretId });
    new CfnOutput(this, 'EventBusName', { value: this.bus.eventBusName });
    new CfnOutput(this, 'DeadLettersUrl', { value: this.deadLetters.queueUrl });
    new CfnOutput(this, 'BackfillQueueUrl', { value: this.backfill.queueUrl });
    new CfnOutput(this, 'AlarmTopicArn', { value: alarms.topicArn });
  }

  private add(spec: FunctionSpec, deployment: Deployment): void {
    const invokes = this.invokedBy(spec);
    const siblings = this.functions.get(spec.source) ?? [];
    const name = constructId(spec.source, siblings.length);
    const { lambda, entry } = new LiquidatorFunction(this, name, {
      ...{ spec, deployment, invokes },
      onFailure: new SqsDestination(this.deadLetters),
      environment: {
        LIQUIDATOR_CONFIG: deployment.networkJson,
        TABLE_NAME: this.ledger.tableName,
        SECRET_ID: this.secret.secretId,
        ...(deployment.restart !== undefined && { RESTART: deployment.restart }),
        ...this.toldNames(spec),
        ...(spec.protocols && { RACER_PROTOCOLS: spec.protocols.join(',') }),
        ...(spec.sendsWork && { BACKFILL_QUEUE_URL: this.backfill.queueUrl }),
      },
    });
    this.functions.set(spec.source, [...siblings, entry]);
    new CfnOutput(this, `${name}Name`, { value: lambda.functionName });
    this.ledger.grant(lambda, spec.ledger);
    if (spec.secret) this.secret.grantRead(lambda);
    if (spec.signs && deployment.options.signer === 'kms')
      this.signByKms(lambda, `OperatorKey${siblings.length > 0 ? siblings.length + 1 : ''}`);
    this.lambdas.set(name, lambda);
    if (spec.sendsWork) this.backfill.grantSend(lambda);
    if (spec.trigger.kind === 'url') this.addUrl(lambda, name, spec.trigger.auth);
    else if (spec.trigger.kind === 'queue') this.backfill.feed(lambda, spec.trigger.concurrency);
    else this.addRule(entry, spec.trigger);
  }

  private toldNames({ invokes = [] }: FunctionSpec): Record<string, string> {
    const told = invokes.map((source) => [NAMES[source], this.functions.get(source) ?? []] as const);
    return Object.fromEntries(
      told.flatMap(([variable, entries]) => (variable ? [[variable, entries.map(nameOf).join(',')]] : [])),
    );
  }

  /** Itself apart: it knows its own name. */
  private invokedBy({ source, invokes = [] }: FunctionSpec): IFunction[] {
    return invokes
      .filter((invoked) => invoked !== source)
      .flatMap((invoked) => {
        const lambdas = this.functions.get(invoked);
        if (lambdas) return lambdas;
        throw new ConfigError(
          `${source} calls ${invoked}, which comes after it: put it first in functions.ts.`,
        );
      });
  }

  private addUrl(lambda: LambdaFunction, name: string, auth: 'NONE' | 'AWS_IAM'): void {
    const { url } = lambda.addFunctionUrl({ authType: FunctionUrlAuthType[auth] });
    new CfnOutput(this, `${name}Url`, { value: url });
  }

  private addRule(entry: IFunction, trigger: EventTrigger): void {
    const target = new LambdaTarget(entry, {
      retryAttempts: 0,
      maxEventAge: Duration.seconds(60),
      deadLetterQueue: this.deadLetters,
    });
    new Rule(entry, 'Rule', { ...this.when(trigger), targets: [target] });
  }

  /** A key each: what one racer signs leaves no gap in another's nonces. */
  private signByKms(lambda: LambdaFunction, keyName: string): void {
    const { role } = lambda;
    if (role === undefined) return;
    const { keyId } = new OperatorKey(this, keyName, role);
    lambda.addEnvironment('SIGNER_KEY_ID', keyId);
    new CfnOutput(this, `${keyName}Id`, { value: keyId });
  }

  private watchOver(deployment: Deployment, functions: readonly FunctionSpec[]): Alarms {
    const { lambdas, deadLetters } = this;
    const watches = functions.some(({ source }) => source === WATCHER);
    const alarms = new Alarms(this, 'Alarms', { deployment, lambdas, deadLetters, watches });
    new Operations(this, 'Operations', { network: deployment.network, alarms: alarms.all, lambdas });
    return alarms;
  }

  private when(trigger: EventTrigger): RuleProps {
    if (trigger.kind === 'schedule')
      return { schedule: Schedule.rate(Duration.minutes(trigger.everyMinutes)) };
    return { eventBus: this.bus, eventPattern: { detailType: [...trigger.detailTypes] } };
  }
}

type EventTrigger = Exclude<Trigger, { readonly kind: 'url' | 'queue' }>;

/** What those that call them find their names under. */
const NAMES: Readonly<Record<string, string>> = {
  [RACER]: 'RACER_FUNCTIONS',
  [REFRESHER]: 'REFRESHER_FUNCTION',
};

/** `functions/on-oracle-update.ts` → `OnOracleUpdate`, and `OnOracleUpdate2` for the second of it. */
function constructId(source: string, siblings: number): string {
  const words = basename(source, '.ts').split('-');
  const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  return siblings > 0 ? `${name}${siblings + 1}` : name;
}

/** A racer for each share of the protocols, where the configuration shares them out. */
const sharedOut = (spec: FunctionSpec, { options: { racers } }: Deployment): readonly FunctionSpec[] =>
  spec.source === RACER && racers ? racers.map((protocols) => ({ ...spec, protocols })) : [spec];

/** A version of a function has no name of its own. */
const nameOf = (entry: IFunction): string =>
  entry instanceof LambdaFunction ? entry.functionName : entry.functionArn;
