import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { ConfigError } from '../../lib/errors.ts';
import type { AcceptedEvent } from '../lambda/host.ts';
import { LOCAL_ACCOUNT, LOCAL_REGION } from '../lambda/local-resources.ts';
import { isObject, refOf, resolve, resourcesOf, type Template } from '../lambda/template.ts';
import { AwsServiceError, type LocalService, startAwsJsonServer } from './aws-json-server.ts';
import { compilePattern, type EventMatcher } from './event-pattern.ts';

/** One entry of PutEvents. */
export interface EventEntry {
  readonly Source?: string | undefined;
  readonly DetailType?: string | undefined;
  /** A JSON object. */
  readonly Detail?: string | undefined;
  /** Name or ARN; the account's default bus when absent. */
  readonly EventBusName?: string | undefined;
}

/** What a rule's target gets. */
export interface EventEnvelope {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: unknown;
}

/** The answer of the API, in the order of the entries, and beside it what Lambda was handed. */
export interface PutEventsResult {
  readonly Entries: readonly { readonly EventId?: string; readonly ErrorCode?: string }[];
  readonly FailedEntryCount: number;
  readonly accepted: readonly AcceptedEvent[];
}

/** Hands an event to the function with this ARN: the host's `invokeAsync`. */
export type Deliver = (targetArn: string, event: EventEnvelope) => AcceptedEvent;

export interface LocalEventBridge extends LocalService {
  /** Delivers to every target of every matching rule. @throws AwsServiceError as the API would refuse. */
  putEvents(entries: readonly EventEntry[]): PutEventsResult;
  /** One round of every rule that runs on a schedule: time does not pass by itself here. */
  runSchedules(): readonly AcceptedEvent[];
}

/**
 * The template's event buses and rules, delivering once and at once. A rule's own retries and dead-letter queue
 * are for targets that do not accept the event, and Lambda accepts all.
 * @throws ConfigError for a rule that would not mean the same here.
 */
export async function startEventBridge(template: Template, deliver: Deliver): Promise<LocalEventBridge> {
  const rules = rulesIn(template);
  const buses = ['default', ...busesIn(template)];
  const send = (rule: Rule, event: EventEnvelope) => rule.targetArns.map((arn) => deliver(arn, event));

  const putEvents = (entries: readonly EventEntry[]): PutEventsResult => {
    if (entries.length > 10)
      throw new AwsServiceError('ValidationException', 'More than 10 entries in a call.');
    const accepted: AcceptedEvent[] = [];
    const Entries = entries.map((entry) => {
      const bus = busNamed(buses, entry.EventBusName ?? 'default');
      const event = envelopeOf(entry);
      if (!event) return { ErrorCode: 'InvalidArgument' };
      const matching = rules.filter((rule) => rule.bus === bus && rule.matches?.(event));
      accepted.push(...matching.flatMap((rule) => send(rule, event)));
      return { EventId: event.id };
    });
    return { Entries, FailedEntryCount: Entries.filter(({ EventId }) => !EventId).length, accepted };
  };

  const service = await startAwsJsonServer({
    'AWSEvents.PutEvents': (request) => {
      const { Entries, FailedEntryCount } = putEvents(v.parse(requestSchema, request).Entries);
      return { Entries, FailedEntryCount };
    },
  });
  const runSchedules = () =>
    rules
      .filter((rule) => !rule.matches)
      .flatMap((rule) => send(rule, envelope('aws.events', 'Scheduled Event', {})));
  return { ...service, putEvents, runSchedules };
}

const optionalText = v.optional(v.string());
const requestSchema = v.object({
  Entries: v.array(
    v.object({
      Source: optionalText,
      DetailType: optionalText,
      Detail: optionalText,
      EventBusName: optionalText,
    }),
  ),
});

const detailSchema = v.pipe(v.string(), v.parseJson(), v.custom(isObject));

interface Rule {
  readonly bus: string;
  /** `undefined` for a rule on a schedule. */
  readonly matches: EventMatcher | undefined;
  readonly targetArns: readonly string[];
}

const ruleSchema = v.strictObject({
  Name: optionalText,
  Description: optionalText,
  EventBusName: v.optional(v.string(), 'default'),
  EventPattern: v.optional(v.unknown()),
  ScheduleExpression: optionalText,
  State: v.optional(v.literal('ENABLED')),
  Tags: v.optional(v.unknown()),
  Targets: v.array(
    v.strictObject({
      Arn: v.string(),
      Id: v.string(),
      RetryPolicy: v.optional(v.unknown()),
      DeadLetterConfig: v.optional(v.unknown()),
    }),
  ),
});

function rulesIn(template: Template): Rule[] {
  return resourcesOf(template, 'AWS::Events::Rule').map(({ logicalId, properties }) => {
    const parsed = v.safeParse(ruleSchema, resolve(template, properties));
    if (!parsed.success)
      throw new ConfigError(`Rule ${logicalId} cannot run here: ${v.summarize(parsed.issues)}`);
    const { EventBusName: bus, EventPattern, Targets } = parsed.output;
    const matches = EventPattern === undefined ? undefined : compilePattern(EventPattern);
    return { bus, matches, targetArns: Targets.map(({ Arn }) => Arn) };
  });
}

function busesIn(template: Template): string[] {
  return resourcesOf(template, 'AWS::Events::EventBus').map((resource) => refOf(template, resource));
}

function busNamed(buses: readonly string[], nameOrArn: string): string {
  const bus = buses.find((name) => name === nameOrArn || nameOrArn.endsWith(`:event-bus/${name}`));
  if (bus !== undefined) return bus;
  throw new AwsServiceError('ResourceNotFoundException', `Event bus ${nameOrArn} does not exist.`);
}

function envelopeOf({ Source, DetailType, Detail }: EventEntry): EventEnvelope | undefined {
  const detail = v.safeParse(detailSchema, Detail);
  return Source && DetailType && detail.success ? envelope(Source, DetailType, detail.output) : undefined;
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html */
function envelope(source: string, detailType: string, detail: unknown): EventEnvelope {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': detailType,
    source,
    account: LOCAL_ACCOUNT,
    // Whole seconds, as EventBridge gives them.
    time: `${new Date().toISOString().slice(0, 19)}Z`,
    region: LOCAL_REGION,
    resources: [],
    detail,
  };
}
