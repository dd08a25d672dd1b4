import * as v from 'valibot';
import { ConfigError } from '../../lib/errors.ts';
import { isObject } from '../lambda/template.ts';

/** Whether a rule's pattern matches an event. */
export type EventMatcher = (event: unknown) => boolean;

/**
 * Compiles an EventBridge pattern with the operators that we use: exact values, prefix, numeric, anything-but and
 * exists. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
 * @throws ConfigError for any other operator, so that a rule never quietly means something else here.
 */
export function compilePattern(pattern: unknown): EventMatcher {
  if (!isObject(pattern)) throw unsupported(pattern);
  const fields = Object.entries(pattern).map(([key, inner]) => fieldMatcher(key, inner));
  return (event) => fields.every((matches) => matches(event));
}

/** A test of one leaf; `undefined` is a field that the event does not have. */
type LeafMatcher = (value: unknown) => boolean;

const literalSchema = v.nullable(v.union([v.string(), v.number(), v.boolean()]));

function fieldMatcher(key: string, pattern: unknown): EventMatcher {
  if (key.startsWith('$')) throw unsupported(key);
  const field = (event: unknown) => (isObject(event) ? event[key] : undefined);
  if (!Array.isArray(pattern)) {
    const inner = compilePattern(pattern);
    return (event) => inner(field(event));
  }
  const alternatives = pattern.map(leafMatcher);
  return (event) => alternatives.some((matches) => matchesAny(field(event), matches));
}

/** An array in the event matches when one of its items does. */
function matchesAny(value: unknown, matches: LeafMatcher): boolean {
  return Array.isArray(value) ? value.some(matches) : matches(value);
}

function leafMatcher(pattern: unknown): LeafMatcher {
  if (v.is(literalSchema, pattern)) return (value) => value === pattern;
  const [entry, ...more] = isObject(pattern) ? Object.entries(pattern) : [];
  const build = entry && more.length === 0 ? OPERATORS[entry[0]] : undefined;
  if (!entry || !build) throw unsupported(pattern);
  return build(entry[1]);
}

const OPERATORS: Readonly<Record<string, ((argument: unknown) => LeafMatcher) | undefined>> = {
  prefix: prefixMatcher,
  numeric: numericMatcher,
  'anything-but': anythingButMatcher,
  exists: existsMatcher,
};

function prefixMatcher(prefix: unknown): LeafMatcher {
  if (typeof prefix !== 'string') throw unsupported({ prefix });
  return (value) => typeof value === 'string' && value.startsWith(prefix);
}

function existsMatcher(exists: unknown): LeafMatcher {
  if (typeof exists !== 'boolean') throw unsupported({ exists });
  return (value) => (value !== undefined && !isObject(value)) === exists;
}

function anythingButMatcher(argument: unknown): LeafMatcher {
  const excluded = (Array.isArray(argument) ? argument : [argument]).map(leafMatcher);
  return (value) => value !== undefined && !excluded.some((matches) => matches(value));
}

const COMPARISONS: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

/** `["=", 5]`, or a range such as `[">", 0, "<=", 5]`. */
function numericMatcher(argument: unknown): LeafMatcher {
  const bounds = Array.isArray(argument) ? argument : [];
  if (bounds.length !== 2 && bounds.length !== 4) throw unsupported({ numeric: argument });
  const first = comparison(bounds[0], bounds[1]);
  const second = bounds.length === 4 ? comparison(bounds[2], bounds[3]) : first;
  return (value) => typeof value === 'number' && first(value) && second(value);
}

function comparison(operator: unknown, bound: unknown): (value: number) => boolean {
  const compare = typeof operator === 'string' ? COMPARISONS[operator] : undefined;
  if (!compare || typeof bound !== 'number') throw unsupported({ numeric: [operator, bound] });
  return (value) => compare(value, bound);
}

function unsupported(pattern: unknown): ConfigError {
  return new ConfigError(
    `Event pattern ${JSON.stringify(pattern)} is not supported here: teach devnet/aws/event-pattern.ts about it.`,
  );
}
