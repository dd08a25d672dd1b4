import * as v from 'valibot';
import type { Head, Hex } from '../domain.ts';
import { EventError } from '../errors.ts';

/** What the race Lambda is woken by. */
export type RaceEvent = OraclePriceUpdateEvent | NewHeadEvent;

/** A transaction was seen that may move a price. */
export interface OraclePriceUpdateEvent {
  readonly kind: 'OraclePriceUpdate';
  readonly chainId: number;
  /** As signed by the oracle; lower case. */
  readonly rawTransaction: Hex;
  readonly seenAtMs: number;
  /** The newest block that the sender of the event knew. */
  readonly head?: Head | undefined;
}

/** A block arrived: time to bring the market up to date, between races. */
export interface NewHeadEvent {
  readonly kind: 'NewHead';
  readonly chainId: number;
  readonly head: Head;
}

/** The largest transaction that nodes relay is 128 KiB. */
const MAX_RAW_TRANSACTION = 2 + 2 * 128 * 1024;

const count = v.pipe(
  v.number('a whole number'),
  v.safeInteger('a whole number'),
  v.minValue(0, 'a whole number'),
);

const head = v.object(
  {
    number: count,
    hash: v.pipe(
      v.string('a block hash'),
      v.regex(/^0x[0-9a-f]{64}$/i, 'a block hash: 0x and 64 hexadecimal digits'),
    ),
    timestampSeconds: count,
    nextBaseFeeWei: v.pipe(
      v.string('wei as a decimal string'),
      v.regex(/^\d{1,78}$/, 'wei as a decimal string'),
      v.transform((text) => BigInt(text)),
    ),
  },
  'an object with number, hash, timestampSeconds and nextBaseFeeWei',
);

const rawTransaction = v.pipe(
  v.string('a signed transaction: 0x and hexadecimal digits'),
  v.maxLength(MAX_RAW_TRANSACTION, 'a signed transaction of at most 128 KiB'),
  v.regex(/^0x(?:[0-9a-f]{2})+$/i, 'a signed transaction: 0x and hexadecimal digits'),
  v.toLowerCase(),
);

const OraclePriceUpdate = v.object({
  chainId: count,
  rawTransaction,
  seenAtMs: count,
  head: v.optional(head),
});
const NewHead = v.object({ chainId: count, head });

/**
 * A Lambda's input, bare or in an EventBridge envelope. EventError names the first wrong field and what is
 * expected there; it never repeats what was sent.
 */
export function parseEvent(event: unknown): RaceEvent {
  if (!isObject(event))
    throw new EventError('The event must be a JSON object. Send an OraclePriceUpdate or a NewHead.');
  const enveloped = 'detail-type' in event || 'detail' in event;
  const detail = enveloped ? event.detail : event;
  const kind = enveloped ? event['detail-type'] : kindOf(event);
  switch (kind) {
    case 'OraclePriceUpdate':
      return { kind, ...parse(OraclePriceUpdate, detail, kind) };
    case 'NewHead':
      return { kind, ...parse(NewHead, detail, kind) };
    default:
      throw new EventError('The event\'s detail-type must be "OraclePriceUpdate" or "NewHead".');
  }
}

/** A bare detail says what it is by what it has. */
const kindOf = (detail: object): string => ('rawTransaction' in detail ? 'OraclePriceUpdate' : 'NewHead');

function parse<TSchema extends v.GenericSchema>(
  schema: TSchema,
  detail: unknown,
  kind: string,
): v.InferOutput<TSchema> {
  const result = v.safeParse(schema, detail, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = v.getDotPath(issue);
  const field = path === null ? `${kind}` : `${kind}.${path}`;
  const expected = issue.input === undefined ? 'is missing' : `must be ${expectation(issue)}`;
  throw new EventError(`${field} ${expected}. Correct the event's sender.`);
}

/** Our own messages say what is expected; valibot's would quote the input. */
const expectation = (issue: v.BaseIssue<unknown>): string =>
  issue.message.startsWith('Invalid') ? (issue.expected ?? 'another value') : issue.message;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
