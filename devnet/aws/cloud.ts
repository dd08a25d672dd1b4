import { ConfigError } from '../../lib/errors.ts';
import type { Address } from '../../lib/hex.ts';
import { type LocalFunctionUrl, startFunctionUrls } from '../lambda/function-url.ts';
import { type LambdaHost, type LambdaHostOptions, startLambdaHost } from '../lambda/host.ts';
import { startInvokeApi } from '../lambda/invoke-api.ts';
import { refOf, resourcesOf, type Template } from '../lambda/template.ts';
import type { LocalService } from './aws-json-server.ts';
import { type LocalDynamoDb, startDynamoDb } from './dynamodb.ts';
import {
  type EventEntry,
  type LocalEventBridge,
  type PutEventsResult,
  startEventBridge,
} from './event-bridge.ts';
import { type KmsFaults, startKmsOf } from './kms.ts';
import { startSecretsManager } from './secrets-manager.ts';
import { type LocalSqs, startSqs } from './sqs.ts';

export interface CloudOptions {
  /** `readTemplate('cdk.out/<stack>.template.json')`. */
  readonly template: Template;
  /** Text of the stack's one secret. */
  readonly secret: string;
  readonly onLog?: LambdaHostOptions['onLog'];
  /** What goes wrong with its keys in KMS. */
  readonly kmsFaults?: KmsFaults;
}

/** A synthesized stack, deployed to this machine. */
export interface Cloud {
  readonly lambda: LambdaHost;
  /** For another host of the same functions beside the same services. */
  readonly lambdaOptions: LambdaHostOptions;
  readonly dynamodb: LocalDynamoDb;
  readonly events: LocalEventBridge;
  readonly sqs: LocalSqs;
  /** Addresses of the stack's keys in KMS, in the template's order. */
  readonly operators: readonly Address[];
  /** Name of the stack's one table. */
  readonly tableName: string;
  /** Function URLs; the functions by their ARN. */
  readonly urls: readonly LocalFunctionUrl[];
  /** Puts events on the stack's one bus. */
  publish(entries: readonly Omit<EventEntry, 'EventBusName'>[]): PutEventsResult;
  stop(): Promise<void>;
}

/**
 * Whatever had started is stopped again when a later step fails.
 * @throws ConfigError for a template that cannot run here, or whose deployment would fail.
 */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const stack = new AsyncDisposableStack();
  try {
    const cloud = await start(options, stack);
    return { ...cloud, stop: () => stack.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

async function start(options: CloudOptions, stack: AsyncDisposableStack): Promise<Omit<Cloud, 'stop'>> {
  const { template, secret, onLog, kmsFaults } = options;
  const running = async <S extends LocalService>(starting: Promise<S>): Promise<S> => {
    const service = await starting;
    stack.defer(() => service.stop());
    return service;
  };
  const EventBusName = theOne(template, 'AWS::Events::EventBus');
  const tableName = theOne(template, 'AWS::DynamoDB::GlobalTable');
  const dynamodb = await running(startDynamoDb(template));
  const secrets = await running(
    startSecretsManager({ [theOne(template, 'AWS::SecretsManager::Secret')]: secret }),
  );
  const kms = await running(startKmsOf(template, kmsFaults));
  const events = await running(startEventBridge(template, (arn, event) => lambda.invokeAsync(arn, event)));
  const sqs = await running(startSqs(template, (name, event) => lambda.invoke(name, event)));
  const invokeApi = await running(startInvokeApi(() => lambda));
  const endpoints = {
    ...{ dynamodb: dynamodb.url, secretsManager: secrets.url, kms: kms.url },
    ...{ eventBridge: events.url, lambda: invokeApi.url, sqs: sqs.url },
  };
  const lambdaOptions = { template, endpoints, ...(onLog ? { onLog } : {}) };
  const lambda = startLambdaHost(lambdaOptions);
  stack.defer(() => lambda.stop());
  await lambda.provision();
  const urls = await startFunctionUrls(template, lambda);
  for (const url of urls) stack.defer(() => url.stop());
  return {
    ...{ lambda, lambdaOptions, dynamodb, events, sqs, tableName, urls, operators: kms.addresses },
    publish: (entries) => events.putEvents(entries.map((entry) => ({ ...entry, EventBusName }))),
  };
}

function theOne(template: Template, type: string): string {
  const [resource, ...more] = resourcesOf(template, type);
  if (resource && more.length === 0) return refOf(template, resource);
  throw new ConfigError(`The template has not exactly one ${type}: start its local services one by one.`);
}
