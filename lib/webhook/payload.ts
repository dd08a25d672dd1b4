import * as v from 'valibot';
import type { Confirmed } from '../oracles/event.ts';

/** What a provider tells of. */
export interface WebhookPayload {
  /** Names the delivery: the same event delivered again has the same. */
  readonly eventId: string | undefined;
  /** When the provider made it; `undefined` where it does not say. */
  readonly createdAtMs: number | undefined;
  readonly transactions: readonly Confirmed[];
}

const hash = v.pipe(v.string(), v.regex(/^0x[0-9a-f]{64}$/i), v.toLowerCase());
const blockNumber = v.pipe(
  v.union([v.number(), v.pipe(v.string(), v.regex(/^(0x[0-9a-f]+|\d+)$/i), v.transform(Number))]),
  v.safeInteger(),
  v.minValue(0),
);

/** A webhook that somebody set to tell of a contract's logs names many things; these name a transaction. */
const mention = v.pipe(
  v.object({
    hash: v.optional(hash),
    transactionHash: v.optional(hash),
    transaction: v.optional(v.object({ hash })),
    blockNumber: v.optional(blockNumber),
    blockNum: v.optional(blockNumber),
  }),
  v.transform((found) => ({
    transactionHash: found.transactionHash ?? found.transaction?.hash ?? found.hash,
    blockNumber: found.blockNumber ?? found.blockNum,
  })),
);
const block = v.object({ number: blockNumber, logs: v.array(mention) });

const alchemy = v.object({
  id: v.pipe(v.string(), v.minLength(1), v.maxLength(200)),
  createdAt: v.pipe(v.string(), v.isoTimestamp()),
  event: v.object({
    /** Address activity. */
    activity: v.optional(v.array(mention)),
    /** Custom webhooks. */
    data: v.optional(v.object({ block })),
  }),
});

/** Streams send whatever the filter returns: logs, or blocks of logs, or an object that holds them. */
const quicknode = v.union([v.array(v.unknown()), v.object({ data: v.array(v.unknown()) })]);

/** `undefined` for a body that is not one of the provider's. */
export function parsePayload(provider: 'alchemy' | 'quicknode', body: string): WebhookPayload | undefined {
  const json = v.safeParse(v.pipe(v.string(), v.parseJson()), body);
  if (!json.success) return undefined;
  return provider === 'alchemy' ? alchemyPayload(json.output) : quicknodePayload(json.output);
}

function alchemyPayload(json: unknown): WebhookPayload | undefined {
  const parsed = v.safeParse(alchemy, json);
  if (!parsed.success) return undefined;
  const { id, createdAt, event } = parsed.output;
  const { number, logs = [] } = event.data?.block ?? {};
  return {
    eventId: id,
    createdAtMs: Date.parse(createdAt),
    transactions: transactionsIn([
      ...(event.activity ?? []),
      ...logs.map((log) => ({ ...log, blockNumber: number })),
    ]),
  };
}

function quicknodePayload(json: unknown): WebhookPayload | undefined {
  const parsed = v.safeParse(quicknode, json);
  if (!parsed.success) return undefined;
  const items = Array.isArray(parsed.output) ? parsed.output : parsed.output.data;
  const mentions = items.flat(2).flatMap((item) => {
    const found = v.safeParse(mention, item);
    return found.success ? [found.output] : [];
  });
  return { eventId: undefined, createdAtMs: undefined, transactions: transactionsIn(mentions) };
}

type Mention = v.InferOutput<typeof mention>;

/** Each transaction once. */
function transactionsIn(mentions: readonly Mention[]): readonly Confirmed[] {
  const found = new Map<string, Confirmed>();
  for (const { transactionHash, blockNumber: number } of mentions) {
    if (transactionHash !== undefined && number !== undefined) {
      found.set(transactionHash, { transactionHash, blockNumber: number });
    }
  }
  return [...found.values()];
}
