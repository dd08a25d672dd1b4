import { ConfigError } from '../../lib/errors.ts';
import { type LocalFunctionUrl, startFunctionUrls } from '../lambda/function-url.ts';
import { type LambdaHost, type LambdaHostOptions, startLambdaHost } from '../lambda/host.ts';
import { startInvokeApi } from '../lambda/invoke-api.ts';
import { refOf, resourcesOf, type Template } from '../lambda/template.ts';
import { type LocalDynamoDb, startDynamoDb } from './dynamodb.ts';
import {
  type EventEntry,
  type LocalEventBridge,
  type PutEventsResult,
  startEventBridge,
} from './event-bridge.ts';
import { startSecretsManager } from './secrets-manager.ts';
import { type LocalSqs, startSqs } from './sqs.ts';

export interface CloudOptions {
  /** `readTemplate('cdk.out/<stack>.template.json')`. */
  readonly template: Template;
  /** Text of the stack's one secret. */
  readonly secret: string;
  readonly onLog?: LambdaHostOptions['onLog'];
}

/** A synthesized stack, deployed to this machine. */
export interface Cloud {
  readonly lambda: LambdaHost;
  /** For another host of the same functions beside the same services. */
  readonly lambdaOptions: LambdaHostOptions;
  readonly dynamodb: LocalDynamoDb;
  readonly events: LocalEventBridge;
  readonly sqs: LocalSqs;
  /** Name of the stack's one table. */
  readonly tableName: string;
  /** Function URLs; the functions by their ARN. */
  readonly urls: readonly LocalFunctionUrl[];
  /** Puts events on the stack's one bus. */
  publish(entries: readonly Omit<EventEntry, 'EventBusName'>[]): PutEventsResult;
  stop(): Promise<void>;
}

/** @throws ConfigError for a template that cannot run here. */
export async function startCloud({ template, secret, onLog }: CloudOptions): Promise<Cloud> {
  const EventBusName = theOne(template, 'AWS::Events::EventBus');
  const tableName = theOne(template, 'AWS::DynamoDB::GlobalTable');
  const dynamodb = await startDynamoDb(template);
  const secrets = await startSecretsManager({ [theOne(template, 'AWS::SecretsManager::Secret')]: secret });
  const events = await startEventBridge(template, (arn, event) => lambda.invokeAsync(arn, event));
  const sqs = await startSqs(template, (name, event) => lambda.invoke(name, event));
  const invokeApi = await startInvokeApi(() => lambda);
  const endpoints = {
    ...{ dynamodb: dynamodb.url, secretsManager: secrets.url },
    ...{ eventBridge: events.url, lambda: invokeApi.url, sqs: sqs.url },
  };
  const lambdaOptions = { template, endpoints, ...(onLog ? { onLog } : {}) };
  const lambda = startLambdaHost(lambdaOptions);
  const urls = await startFunctionUrls(template, lambda);
  return {
    ...{ lambda, lambdaOptions, dynamodb, events, sqs, tableName, urls },
    publish: (entries) => events.putEvents(entries.map((entry) => ({ ...entry, EventBusName }))),
    async stop() {
      await lambda.stop();
      await Promise.all(
        [dynamodb, secrets, events, sqs, invokeApi, ...urls].map((service) => service.stop()),
      );
    },
  };
}

function theOne(template: Template, type: string): string {
  const [resource, ...more] = resourcesOf(template, type);
  if (resource && more.length === 0) return refOf(template, resource);
  throw new ConfigError(`The template has not exactly one ${type}: start its local services one by one.`);
}
