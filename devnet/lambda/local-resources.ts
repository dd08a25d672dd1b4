import { ConfigError } from '../../lib/errors.ts';
import type { Resource } from './resource.ts';

export const LOCAL_REGION = 'us-east-1';
export const LOCAL_ACCOUNT = '000000000000';

export const PSEUDO_PARAMETERS: Readonly<Record<string, string | undefined>> = {
  'AWS::Region': LOCAL_REGION,
  'AWS::AccountId': LOCAL_ACCOUNT,
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::StackName': 'local',
};

/** By what other resources of its stack refer to one. */
export interface Identity {
  /** What `Ref` returns. */
  readonly ref: string;
  /** What `Fn::GetAtt` returns. */
  readonly attributes: Readonly<Record<string, string | undefined>>;
}

/** A property as CloudFormation would hand it over. */
export type Resolve = (value: unknown) => unknown;

/** Here. @throws ConfigError for a type with no stand-in. */
export function identityOf(resource: Resource, resolve: Resolve): Identity {
  const identify = IDENTITIES[resource.type];
  if (identify) return identify(resource, resolve);
  throw new ConfigError(
    `${resource.logicalId} is an ${resource.type}: teach devnet/lambda/local-resources.ts about it.`,
  );
}

/** Names and ARNs in the forms that the CloudFormation reference gives for each type's return values. */
const IDENTITIES: Readonly<Record<string, ((resource: Resource, resolve: Resolve) => Identity) | undefined>> =
  {
    'AWS::DynamoDB::GlobalTable': (resource) => named(resource, 'TableName', 'dynamodb', 'table/'),
    'AWS::Events::EventBus': (resource) => named(resource, 'Name', 'events', 'event-bus/'),
    'AWS::Events::Rule': (resource) => named(resource, 'Name', 'events', 'rule/'),
    'AWS::IAM::Role': (resource) => named(resource, 'RoleName', 'iam', 'role/'),
    'AWS::KMS::Key': key,
    'AWS::Lambda::Alias': alias,
    'AWS::Lambda::Function': (resource) => named(resource, 'FunctionName', 'lambda', 'function:'),
    'AWS::Lambda::Version': version,
    'AWS::Logs::LogGroup': (resource) => named(resource, 'LogGroupName', 'logs', 'log-group:'),
    'AWS::SecretsManager::Secret': secret,
    'AWS::SQS::Queue': queue,
  };

function named(resource: Resource, nameProperty: string, service: string, prefix: string): Identity {
  const name = nameOf(resource, nameProperty);
  return { ref: name, attributes: { Name: name, Arn: arn(service, prefix + name) } };
}

function secret(resource: Resource): Identity {
  const id = arn('secretsmanager', `secret:${nameOf(resource, 'Name')}`);
  return { ref: id, attributes: { Id: id } };
}

function queue(resource: Resource): Identity {
  const name = nameOf(resource, 'QueueName');
  const url = `https://sqs.${LOCAL_REGION}.amazonaws.com/${LOCAL_ACCOUNT}/${name}`;
  return { ref: url, attributes: { QueueUrl: url, QueueName: name, Arn: arn('sqs', name) } };
}

function key({ logicalId }: Resource): Identity {
  return { ref: logicalId, attributes: { KeyId: logicalId, Arn: arn('kms', `key/${logicalId}`) } };
}

/** A stack that has just been deployed has published each function's first version. */
const FIRST_VERSION = '1';

function version({ properties }: Resource, resolve: Resolve): Identity {
  const ref = qualifiedArn(resolve(properties.FunctionName), FIRST_VERSION);
  return { ref, attributes: { FunctionArn: ref, Version: FIRST_VERSION } };
}

function alias({ properties }: Resource, resolve: Resolve): Identity {
  const ref = qualifiedArn(resolve(properties.FunctionName), resolve(properties.Name));
  return { ref, attributes: { AliasArn: ref } };
}

const qualifiedArn = (functionName: unknown, qualifier: unknown): string =>
  arn('lambda', `function:${functionName}:${qualifier}`);

function nameOf(resource: Resource, property: string): string {
  const name = resource.properties[property];
  return typeof name === 'string' ? name : resource.logicalId;
}

function arn(service: string, suffix: string): string {
  const region = service === 'iam' ? '' : LOCAL_REGION;
  return `arn:aws:${service}:${region}:${LOCAL_ACCOUNT}:${suffix}`;
}
