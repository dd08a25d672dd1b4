import * as v from 'valibot';
import type { Head } from '../block.ts';
import { EventError } from '../errors.ts';
import type { Hex } from '../hex.ts';
import type { Hint } from './hinted-call.ts';

/** What the race Lambda is woken by. */
export type RaceEvent = OraclePriceUpdateEvent | NewHeadEvent;

/** Something was seen that may move a price: exactly one of `rawTransaction`, `hint` and `confirmed`. */
export interface OraclePriceUpdateEvent {
  readonly kind: 'OraclePriceUpdate';
  readonly chainId: number;
  /** Pending, as signed by the oracle; lower case. */
  readonly rawTransaction?: Hex | undefined;
  /** What MEV-Share tells of a private transaction. */
  readonly hint?: Hint | undefined;
  /** A transaction that a block has. */
  readonly confirmed?: Confirmed | undefined;
  readonly seenAtMs: number;
  /** Who saw it, e.g. `pending:<node>`; absent where the sender does not say. */
  readonly source?: string | undefined;
  /** The newest block that the sender of the event knew. */
  readonly head?: Head | undefined;
}

export interface Confirmed {
  readonly transactionHash: Hex;
  readonly blockNumber: number;
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
    gasLimit: v.optional(
      v.pipe(
        count,
        v.transform((gas) => BigInt(gas)),
      ),
    ),
    seenAtMs: v.optional(count),
  },
  'an object with number, hash, timestampSeconds and nextBaseFeeWei',
);

const rawTransaction = v.pipe(
  v.string('a signed transaction: 0x and hexadecimal digits'),
  v.maxLength(MAX_RAW_TRANSACTION, 'a signed transaction of at most 128 KiB'),
  v.regex(/^0x(?:[0-9a-f]{2})+$/i, 'a signed transaction: 0x and hexadecimal digits'),
  v.toLowerCase(),
);

const hash = v.pipe(
  v.string('a hash: 0x and 64 hexadecimal digits'),
  v.regex(/^0x[0-9a-f]{64}$/i, 'a hash: 0x and 64 hexadecimal digits'),
  v.toLowerCase(),
);

const call = v.object(
  {
    to: v.pipe(v.string('an address'), v.regex(/^0x[0-9a-f]{40}$/i, 'an address'), v.toLowerCase()),
    data: rawTransaction,
  },
  'an object with to and data',
);

const hint = v.object({ hash, calls: v.array(call, 'a list of calls') }, 'an object with hash and calls');

const confirmed = v.object(
  { transactionHash: hash, blockNumber: count },
  'an object with transactionHash and blockNumber',
);

/** Written to the ledger and to logs. */
const source = v.pipe(
  v.string('a name of letters, digits, dots, colons and dashes'),
  v.regex(/^[\w.:-]{1,80}$/, 'a name of at most 80 letters, digits, dots, colons and dashes'),
);

const OraclePriceUpdate = v.pipe(
  v.object({
    ...{
      rawTransaction: v.optional(rawTransaction),
      hint: v.optional(hint),
      confirmed: v.optional(confirmed),
    },
    ...{ chainId: count, seenAtMs: count, source: v.optional(source), head: v.optional(head) },
  }),
  v.check(
    (event) => [event.rawTransaction, event.hint, event.confirmed].filter(Boolean).length === 1,
    'an object with exactly one of rawTransaction, hint and confirmed',
  ),
);
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
const kindOf = (detail: object): string =>
  SIGHTINGS.some((sighting) => sighting in detail) ? 'OraclePriceUpdate' : 'NewHead';

const SIGHTINGS = ['rawTransaction', 'hint', 'confirmed'] as const;

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
