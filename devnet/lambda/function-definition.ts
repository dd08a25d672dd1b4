import { resolve as resolvePath } from 'node:path';
import * as v from 'valibot';
import { ConfigError } from '../../lib/errors.ts';
import type { Resource } from './resource.ts';
import { attributeOf, refOf, resolve, resourcesOf, type Template } from './template.ts';

/** One `AWS::Lambda::Function` of a template, with Lambda's defaults where the template leaves them. */
export interface FunctionDefinition {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  /** `$LATEST`, or the number of a published one: each has environments of its own. */
  readonly version: string;
  /** What its ARN ends with where it is called as a version or by an alias; `$LATEST` may be left out. */
  readonly qualifier: string;
  /** In our stacks the path of its source, by which people and tests find it. */
  readonly description: string;
  readonly handler: string;
  /** Folder of the bundled code. */
  readonly assetPath: string;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  readonly environment: Readonly<Record<string, string>>;
  /** Environments that may exist at once; 0 stops the function. */
  readonly reservedConcurrency: number | undefined;
  readonly logGroup: string;
  readonly logFormat: 'JSON' | 'Text';
  readonly logLevel: string | undefined;
  readonly asynchronous: AsynchronousPolicy;
}

/** What becomes of an event that was handed over without waiting for its result. */
export interface AsynchronousPolicy {
  readonly maximumRetryAttempts: number;
  readonly maximumEventAgeMs: number;
  /** ARN of where it goes when all attempts failed. */
  readonly onFailure: string | undefined;
}

export const LATEST = '$LATEST';

/** The functions as they are without a qualifier. @throws ConfigError for one that cannot run here. */
export function functionsIn(template: Template): readonly FunctionDefinition[] {
  return resourcesOf(template, 'AWS::Lambda::Function').map((resource) => definition(template, resource));
}

const propertiesSchema = v.object({
  Description: v.optional(v.string(), ''),
  Handler: v.string(),
  Timeout: v.optional(v.number(), 3),
  MemorySize: v.optional(v.number(), 128),
  Environment: v.optional(v.object({ Variables: v.record(v.string(), v.string()) }), { Variables: {} }),
  ReservedConcurrentExecutions: v.optional(v.number()),
  LoggingConfig: v.optional(
    v.object({
      LogFormat: v.optional(v.picklist(['JSON', 'Text']), 'Text'),
      ApplicationLogLevel: v.optional(v.string()),
      LogGroup: v.optional(v.string()),
    }),
    {},
  ),
});

function definition(template: Template, resource: Resource): FunctionDefinition {
  const name = refOf(template, resource);
  const properties = parseProperties(propertiesSchema, template, resource);
  return {
    logicalId: resource.logicalId,
    name,
    arn: attributeOf(template, resource, 'Arn'),
    ...{ version: LATEST, qualifier: LATEST },
    description: properties.Description,
    handler: properties.Handler,
    assetPath: assetPath(template, resource),
    timeoutMs: properties.Timeout * 1000,
    memoryMb: properties.MemorySize,
    environment: properties.Environment.Variables,
    reservedConcurrency: properties.ReservedConcurrentExecutions,
    logGroup: properties.LoggingConfig.LogGroup ?? `/aws/lambda/${name}`,
    logFormat: properties.LoggingConfig.LogFormat ?? 'Text',
    logLevel: properties.LoggingConfig.ApplicationLogLevel,
    asynchronous: asynchronousPolicy(template, name, LATEST),
  };
}

function assetPath(template: Template, resource: Resource): string {
  const path = resource.metadata['aws:asset:path'];
  if (typeof path === 'string' && !path.endsWith('.zip')) return resolvePath(template.directory, path);
  throw new ConfigError(
    `${resource.logicalId} has no bundled folder to run: synthesize with bundling and asset metadata on.`,
  );
}

const eventInvokeSchema = v.object({
  FunctionName: v.string(),
  Qualifier: v.string(),
  MaximumRetryAttempts: v.optional(v.number(), 2),
  MaximumEventAgeInSeconds: v.optional(v.number(), 6 * 3600),
  DestinationConfig: v.optional(v.object({ OnFailure: v.optional(v.object({ Destination: v.string() })) })),
});

/** Each qualifier has its own, and none inherits another's. */
export function asynchronousPolicy(
  template: Template,
  functionName: string,
  qualifier: string,
): AsynchronousPolicy {
  const config = resourcesOf(template, 'AWS::Lambda::EventInvokeConfig')
    .map((resource) => parseProperties(eventInvokeSchema, template, resource))
    .find(({ FunctionName, Qualifier }) => FunctionName === functionName && Qualifier === qualifier);
  return {
    maximumRetryAttempts: config?.MaximumRetryAttempts ?? 2,
    maximumEventAgeMs: (config?.MaximumEventAgeInSeconds ?? 6 * 3600) * 1000,
    onFailure: config?.DestinationConfig?.OnFailure?.Destination,
  };
}

/** As CloudFormation would hand them over. @throws ConfigError where they are not of this shape */
export function parseProperties<S extends v.GenericSchema>(
  schema: S,
  template: Template,
  resource: Resource,
): v.InferOutput<S> {
  const parsed = v.safeParse(schema, resolve(template, resource.properties));
  if (parsed.success) return parsed.output;
  throw new ConfigError(`${resource.logicalId} (${resource.type}): ${v.summarize(parsed.issues)}`);
}
