import * as v from 'valibot';
import { ConfigError } from '../../lib/errors.ts';
import { asynchronousPolicy, type FunctionDefinition, parseProperties } from './function-definition.ts';
import type { Resource } from './resource.ts';
import { attributeOf, refOf, resourcesOf, type Template } from './template.ts';

/** A published version of a function, under its number and under each of its aliases. */
export interface PublishedVersion {
  readonly definitions: readonly [FunctionDefinition, ...FunctionDefinition[]];
  /** Environments that are started before anybody calls, and kept. */
  readonly provisioned: number;
}

/** @param functions of this template. @throws ConfigError for a version that cannot run here */
export function versionsIn(
  template: Template,
  functions: readonly FunctionDefinition[],
): readonly PublishedVersion[] {
  const aliases = resourcesOf(template, 'AWS::Lambda::Alias').map((resource) =>
    aliasOf(template, functions, resource),
  );
  return resourcesOf(template, 'AWS::Lambda::Version').map((resource) => {
    const own = versionOf(template, functions, resource);
    const { name, version } = own.definition;
    const named = aliases.filter(
      ({ definition }) => definition.name === name && definition.version === version,
    );
    return {
      definitions: [own.definition, ...named.map(({ definition }) => definition)],
      provisioned: [own, ...named].reduce((sum, { provisioned }) => sum + provisioned, 0),
    };
  });
}

interface Qualified {
  readonly definition: FunctionDefinition;
  readonly provisioned: number;
}

const provisionedSchema = v.optional(v.object({ ProvisionedConcurrentExecutions: v.number() }), {
  ProvisionedConcurrentExecutions: 0,
});
const versionSchema = v.object({
  FunctionName: v.string(),
  ProvisionedConcurrencyConfig: provisionedSchema,
});
const aliasSchema = v.object({
  ...versionSchema.entries,
  ...{ FunctionVersion: v.string(), Name: v.string() },
});

function versionOf(
  template: Template,
  functions: readonly FunctionDefinition[],
  resource: Resource,
): Qualified {
  const { FunctionName, ProvisionedConcurrencyConfig } = parseProperties(versionSchema, template, resource);
  const version = attributeOf(template, resource, 'Version');
  return {
    definition: qualified(template, theFunction(functions, FunctionName), resource, {
      version,
      qualifier: version,
    }),
    provisioned: ProvisionedConcurrencyConfig.ProvisionedConcurrentExecutions,
  };
}

function aliasOf(
  template: Template,
  functions: readonly FunctionDefinition[],
  resource: Resource,
): Qualified {
  const properties = parseProperties(aliasSchema, template, resource);
  const { FunctionName, FunctionVersion: version, Name: qualifier } = properties;
  return {
    definition: qualified(template, theFunction(functions, FunctionName), resource, { version, qualifier }),
    provisioned: properties.ProvisionedConcurrencyConfig.ProvisionedConcurrentExecutions,
  };
}

function qualified(
  template: Template,
  base: FunctionDefinition,
  resource: Resource,
  named: Pick<FunctionDefinition, 'version' | 'qualifier'>,
): FunctionDefinition {
  return {
    ...base,
    ...named,
    logicalId: resource.logicalId,
    arn: refOf(template, resource),
    asynchronous: asynchronousPolicy(template, base.name, named.qualifier),
  };
}

function theFunction(functions: readonly FunctionDefinition[], name: string): FunctionDefinition {
  const found = functions.find((one) => one.name === name || one.arn === name);
  if (found) return found;
  throw new ConfigError(`A version or an alias is of ${name}, which the template does not define.`);
}
