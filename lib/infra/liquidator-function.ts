import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Alias,
  ApplicationLogLevel,
  Architecture,
  type IDestination,
  type IFunction,
  Function as LambdaFunction,
  LoggingFormat,
  RecursiveLoop,
  Runtime,
  SystemLogLevel,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { bundledCode } from './bundling.ts';
import type { Deployment } from './deployment.ts';
import type { FunctionSpec } from './functions.ts';

export interface LiquidatorFunctionProps {
  readonly spec: FunctionSpec;
  readonly deployment: Deployment;
  readonly environment: Record<string, string>;
  /** Other functions that it calls. */
  readonly invokes: readonly IFunction[];
  /** Where an event goes whose one attempt failed, or that waited too long for it. */
  readonly onFailure: IDestination;
}

/** A Lambda with a role and a log group of its own, and no second try: a retry minutes later has lost its race. */
export class LiquidatorFunction extends Construct {
  readonly lambda: LambdaFunction;
  /** What is to be invoked: the Lambda, or its warm version where one is paid for. */
  readonly entry: IFunction;

  constructor(scope: Construct, id: string, props: LiquidatorFunctionProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Logs', {
      retention: props.deployment.options.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.lambda = new LambdaFunction(this, 'Function', {
      description: [props.spec.source, ...(props.spec.protocols ?? [])].join(' '),
      code: bundledCode(props.spec.source),
      handler: 'index.handler',
      ...runtime(props),
      role: this.role(logGroup),
      environment: props.environment,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      systemLogLevelV2: SystemLogLevel.WARN,
      ...onceOrNever(props),
      // A watcher calls its successor, and that one the next: AWS would take it for a loop after 16 of them.
      ...(callsItself(props.spec) ? { recursiveLoop: RecursiveLoop.ALLOW } : {}),
      // Of the version, not of the alias: it moves once the new ones are warm. An alias of its own warm ones would be
      // left between two versions, and refuse every later deployment, where a new racer cannot start. A version's
      // number of them cannot change; but the configuration is in the environment, so that another number is another
      // version.
      currentVersionOptions: { provisionedConcurrentExecutions: warmOnes(props) },
    });
    this.entry = this.warmVersion(props) ?? this.lambda;
    this.allowInvocations(props);
  }

  private warmVersion(props: LiquidatorFunctionProps): Alias | undefined {
    if (warmOnes(props) === undefined) return undefined;
    const version = this.lambda.currentVersion;
    return new Alias(this, 'Warm', { aliasName: 'warm', version, ...onceOrNever(props) });
  }

  /** Apart from the role's own policy, for which the function waits, and which may therefore not name it. */
  private allowInvocations({ spec, invokes }: LiquidatorFunctionProps): void {
    const callable = callsItself(spec) ? [...invokes, this.lambda] : invokes;
    if (callable.length === 0 || this.lambda.role === undefined) return;
    const resources = callable.map(({ functionArn }) => functionArn);
    const statements = [new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources })];
    new Policy(this, 'Invocations', { roles: [this.lambda.role], statements });
  }

  /** In place of AWSLambdaBasicExecutionRole, which may write to every log group of the account. */
  private role(logGroup: LogGroup): Role {
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    role.addToPolicy(
      new PolicyStatement({
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [logGroup.logGroupArn],
      }),
    );
    return role;
  }
}

/** How many of them wait around the clock; `undefined` for none. */
const warmOnes = ({ spec, deployment: { options } }: LiquidatorFunctionProps): number | undefined =>
  spec.reserved && options.provisionedConcurrency > 0 ? options.provisionedConcurrency : undefined;

const callsItself = ({ source, invokes = [] }: FunctionSpec): boolean => invokes.includes(source);

const onceOrNever = ({ onFailure }: LiquidatorFunctionProps) => ({
  retryAttempts: 0,
  maxEventAge: Duration.seconds(60),
  onFailure,
});

function runtime({ spec, deployment: { reservedConcurrency } }: LiquidatorFunctionProps) {
  return {
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    memorySize: spec.memoryMb,
    timeout: Duration.seconds(spec.timeoutSeconds),
    ...(spec.reserved && reservedConcurrency !== undefined
      ? { reservedConcurrentExecutions: reservedConcurrency }
      : {}),
  };
}
