import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  type IDestination,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { bundledCode } from './bundling.ts';
import type { FunctionSpec } from './functions.ts';

export interface LiquidatorFunctionProps {
  readonly spec: FunctionSpec;
  readonly environment: Record<string, string>;
  readonly reservedConcurrency: number | undefined;
  /** Where an event goes whose one attempt failed, or that waited too long for it. */
  readonly onFailure: IDestination;
}

/** A Lambda with a role and a log group of its own, and no second try: a retry minutes later has lost its race. */
export class LiquidatorFunction extends Construct {
  readonly lambda: LambdaFunction;

  constructor(scope: Construct, id: string, props: LiquidatorFunctionProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Logs', {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.lambda = new LambdaFunction(this, 'Function', {
      description: props.spec.source,
      code: bundledCode(props.spec.source),
      handler: 'index.handler',
      ...runtime(props),
      role: this.role(logGroup),
      environment: props.environment,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      systemLogLevelV2: SystemLogLevel.WARN,
      retryAttempts: 0,
      maxEventAge: Duration.seconds(60),
      onFailure: props.onFailure,
    });
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

function runtime({ spec, reservedConcurrency }: LiquidatorFunctionProps) {
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
