import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { FunctionDefinition } from './function-definition.ts';
import { LOCAL_REGION } from './local-resources.ts';

export type RuntimeProcess = ChildProcessByStdio<null, Readable, Readable>;

/** Local stand-ins of AWS services, as URLs. */
export interface Endpoints {
  readonly dynamodb?: string;
  readonly secretsManager?: string;
  readonly eventBridge?: string;
  readonly lambda?: string;
  readonly sqs?: string;
  readonly kms?: string;
}

/** What AWS_LAMBDA_INITIALIZATION_TYPE tells the function. */
export type Initialization = 'on-demand' | 'provisioned-concurrency';

export interface RuntimeOptions {
  readonly definition: FunctionDefinition;
  readonly runtimeApiHost: string;
  readonly endpoints: Endpoints;
  readonly initialization: Initialization;
}

/**
 * AWS's own runtime for Node in a process of its own, on this process's Node. Nothing of our environment leaks
 * into it: it sees what Lambda would set, the template's variables, and where the local services are.
 */
export function spawnRuntime(options: RuntimeOptions): RuntimeProcess {
  const { definition, runtimeApiHost, endpoints, initialization } = options;
  const heap = `--max-old-space-size=${definition.memoryMb}`;
  return spawn(process.execPath, [heap, '--require', PRELOAD, RUNTIME_CLIENT], {
    cwd: definition.assetPath,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...definition.environment,
      ...lambdaVariables(definition, initialization),
      ...endpointVariables(endpoints),
      AWS_LAMBDA_RUNTIME_API: runtimeApiHost,
    },
  });
}

const PRELOAD = fileURLToPath(new URL('ric-preload.cjs', import.meta.url));
const RUNTIME_CLIENT = createRequire(import.meta.url).resolve('aws-lambda-ric/index.mjs');

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime */
function lambdaVariables(
  definition: FunctionDefinition,
  initialization: Initialization,
): Record<string, string> {
  const { version } = definition;
  return {
    ...{ PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'en_US.UTF-8', TZ: ':UTC' },
    LAMBDA_TASK_ROOT: definition.assetPath,
    _HANDLER: definition.handler,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_INITIALIZATION_TYPE: initialization,
    AWS_LAMBDA_FUNCTION_NAME: definition.name,
    AWS_LAMBDA_FUNCTION_VERSION: version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memoryMb),
    AWS_LAMBDA_LOG_GROUP_NAME: definition.logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: `local/[${version}]${randomUUID().replaceAll('-', '')}`,
    AWS_LAMBDA_LOG_FORMAT: definition.logFormat,
    ...(definition.logLevel ? { AWS_LAMBDA_LOG_LEVEL: definition.logLevel } : {}),
    ...accountVariables,
  };
}

/** The files are named so that a developer's own AWS profile is never read. */
const accountVariables = {
  AWS_REGION: LOCAL_REGION,
  AWS_DEFAULT_REGION: LOCAL_REGION,
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_SESSION_TOKEN: 'local',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
};

/** The SDK honours these, so the deployed code needs no hook for tests. */
function endpointVariables(endpoints: Endpoints): Record<string, string> {
  const { dynamodb, secretsManager, eventBridge, lambda, sqs, kms } = endpoints;
  return {
    ...(dynamodb ? { AWS_ENDPOINT_URL_DYNAMODB: dynamodb } : {}),
    ...(secretsManager ? { AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager } : {}),
    ...(eventBridge ? { AWS_ENDPOINT_URL_EVENTBRIDGE: eventBridge } : {}),
    ...(lambda ? { AWS_ENDPOINT_URL_LAMBDA: lambda } : {}),
    ...(sqs ? { AWS_ENDPOINT_URL_SQS: sqs } : {}),
    ...(kms ? { AWS_ENDPOINT_URL_KMS: kms } : {}),
  };
}
