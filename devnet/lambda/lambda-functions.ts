import { Concurrency } from './concurrency.ts';
import { type FunctionDefinition, functionsIn, LATEST } from './function-definition.ts';
import { FunctionPool } from './function-pool.ts';
import type { Endpoints } from './process.ts';
import type { Template } from './template.ts';
import { versionsIn } from './versions.ts';

/** What may be called by one name, and where it runs. */
export interface LambdaFunction {
  readonly definition: FunctionDefinition;
  readonly pool: FunctionPool;
}

export interface LambdaFunctionsOptions {
  readonly endpoints: Endpoints;
  readonly onLog?: (source: string, line: string) => void;
}

/**
 * The template's functions as they are, then their published versions, each by its number and by its aliases: the
 * names of one version share its environments, the versions of one function its concurrency.
 * @throws ConfigError for a function that cannot run here
 */
export function lambdaFunctionsIn(
  template: Template,
  { endpoints, onLog }: LambdaFunctionsOptions,
): readonly LambdaFunction[] {
  const unqualified = functionsIn(template);
  const places = new Map(
    unqualified.map(({ name, reservedConcurrency }) => [name, new Concurrency(reservedConcurrency)]),
  );
  const poolOf = (definition: FunctionDefinition, provisioned: number): FunctionPool => {
    const source = definition.description || definition.logicalId;
    const concurrency = places.get(definition.name) ?? new Concurrency();
    const onLine = (line: string) => onLog?.(source, line);
    return new FunctionPool({ definition, endpoints, onLine, concurrency, provisioned });
  };
  return [
    ...unqualified.map((definition) => ({ definition, pool: poolOf(definition, 0) })),
    ...versionsIn(template, unqualified).flatMap(({ definitions, provisioned }) => {
      const [first] = definitions;
      const pool = poolOf(first, provisioned);
      return definitions.map((definition) => ({ definition, pool }));
    }),
  ];
}

/** A description is for people: it is that of the function without a qualifier. */
export function isNamed(definition: FunctionDefinition, name: string): boolean {
  const { logicalId, description, arn, qualifier } = definition;
  if (qualifier !== LATEST) return [logicalId, arn, `${definition.name}:${qualifier}`].includes(name);
  const plain = name.endsWith(`:${LATEST}`) ? name.slice(0, -LATEST.length - 1) : name;
  return [logicalId, description, arn, definition.name].includes(plain);
}
