import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import * as v from 'valibot';
import { ConfigError } from '../../lib/errors.ts';
import { type Identity, identityOf, PSEUDO_PARAMETERS } from './local-resources.ts';
import type { Resource } from './resource.ts';

/** A synthesized CloudFormation template, and the folder that its asset paths start from. */
export interface Template {
  readonly directory: string;
  readonly resources: ReadonlyMap<string, Resource>;
}

/** @param path `cdk.out/<stack>.template.json`. @throws ConfigError */
export function readTemplate(path: string): Template {
  return parseTemplate(readJson(path), dirname(path));
}

/** @param directory what the asset paths in the template start from. @throws ConfigError */
export function parseTemplate(json: unknown, directory: string): Template {
  const parsed = v.safeParse(templateSchema, json);
  if (!parsed.success) {
    throw new ConfigError(
      `Not a CloudFormation template: ${v.summarize(parsed.issues)}. Run \`npm run synth\`.`,
    );
  }
  const resources = Object.entries(parsed.output.Resources).map(([logicalId, resource]): Resource => {
    return { logicalId, type: resource.Type, properties: resource.Properties, metadata: resource.Metadata };
  });
  return { directory, resources: new Map(resources.map((resource) => [resource.logicalId, resource])) };
}

export function resourcesOf(template: Template, type: string): readonly Resource[] {
  return [...template.resources.values()].filter((resource) => resource.type === type);
}

/**
 * The value as CloudFormation would hand it over, with references to this stack's resources answered by their
 * local stand-ins. @throws ConfigError for an intrinsic function or a resource that has none.
 */
export function resolve(template: Template, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => resolve(template, item));
  if (!isObject(value)) return value;
  const [only, ...more] = Object.entries(value);
  if (only && more.length === 0 && isIntrinsic(only[0])) return evaluate(template, only[0], only[1]);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(template, item)]));
}

/** What `Ref` returns for a resource of this stack, here. @throws ConfigError for a type with no stand-in. */
export function refOf(template: Template, resource: Resource): string {
  return identityIn(template, resource).ref;
}

/** What `Fn::GetAtt` returns. @throws ConfigError for a type or an attribute with no stand-in. */
export function attributeOf(template: Template, resource: Resource, attribute: string): string {
  const value = identityIn(template, resource).attributes[attribute];
  if (value !== undefined) return value;
  throw new ConfigError(
    `${resource.type} has no ${attribute} here: teach devnet/lambda/local-resources.ts about it.`,
  );
}

/** An object of JSON: no array, no null. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const recordSchema = v.optional(v.record(v.string(), v.unknown()), {});
const templateSchema = v.object({
  Resources: v.record(
    v.string(),
    v.object({ Type: v.string(), Properties: recordSchema, Metadata: recordSchema }),
  ),
});

const isIntrinsic = (key: string): boolean => key === 'Ref' || key.startsWith('Fn::');

function evaluate(template: Template, intrinsic: string, argument: unknown): unknown {
  if (intrinsic === 'Ref' && v.is(v.string(), argument)) return ref(template, argument);
  if (intrinsic === 'Fn::GetAtt' && v.is(pairSchema, argument)) return getAttribute(template, ...argument);
  if (intrinsic === 'Fn::Join' && v.is(joinSchema, argument)) return join(template, ...argument);
  if (intrinsic === 'Fn::Select' && v.is(selectSchema, argument)) return select(template, ...argument);
  if (intrinsic === 'Fn::Sub' && v.is(v.string(), argument)) return substitute(template, argument);
  throw new ConfigError(
    `The template uses ${intrinsic} ${JSON.stringify(argument)}: teach devnet/lambda/template.ts about it.`,
  );
}

const pairSchema = v.tuple([v.string(), v.string()]);
const joinSchema = v.tuple([v.string(), v.array(v.unknown())]);
const selectSchema = v.tuple([
  v.number(),
  v.strictObject({ 'Fn::Split': v.tuple([v.string(), v.unknown()]) }),
]);

function ref(template: Template, name: string): string {
  return PSEUDO_PARAMETERS[name] ?? refOf(template, resource(template, name));
}

function getAttribute(template: Template, name: string, attribute: string): string {
  return attributeOf(template, resource(template, name), attribute);
}

function join(template: Template, separator: string, parts: readonly unknown[]): string {
  return parts.map((part) => String(resolve(template, part))).join(separator);
}

/** One piece of a text: all that our stacks select from. */
function select(
  template: Template,
  index: number,
  { 'Fn::Split': [separator, text] }: v.InferOutput<typeof selectSchema>[1],
): string {
  const piece = String(resolve(template, text)).split(separator)[index];
  if (piece !== undefined) return piece;
  throw new ConfigError(`The template selects piece ${index} of ${JSON.stringify(text)}, which has fewer.`);
}

function substitute(template: Template, text: string): string {
  return text.replace(/\$\{(\w[\w:]*)(?:\.(\w+))?\}/g, (_, name: string, attribute: string | undefined) =>
    attribute ? getAttribute(template, name, attribute) : ref(template, name),
  );
}

function identityIn(template: Template, resource: Resource): Identity {
  return identityOf(resource, (value) => resolve(template, value));
}

function resource(template: Template, logicalId: string): Resource {
  const found = template.resources.get(logicalId);
  if (found) return found;
  throw new ConfigError(`The template refers to ${logicalId}, which it does not define.`);
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new ConfigError(`${path} cannot be read: run \`npm run synth\` first.`, { cause });
  }
}
