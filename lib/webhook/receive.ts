import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import type { Clock } from '../adapters/clock.ts';
import type { ReplayGuard } from '../adapters/replay-guard.ts';
import { parsePayload, type WebhookPayload } from './payload.ts';
import { senderOf, type WebhookKeys, type WebhookRequest } from './signature.ts';

export interface WebhookDeps {
  readonly chainId: number;
  readonly keys: WebhookKeys;
  readonly guard: ReplayGuard;
  readonly clock: Clock;
  readonly startRacer: (event: object) => Promise<void>;
}

export interface WebhookAnswer {
  readonly statusCode: number;
  readonly body?: string;
}

/** A block with many logs is some hundred KB. */
const MAX_BODY_BYTES = 512 * 1024;
/** Either way: clocks differ. */
const MAX_AGE_MS = 60_000;
/** So many transactions of ours no block has. */
const MAX_TRANSACTIONS = 20;

/**
 * Believes whoever has the key, once, and soon: signature first, over the bytes as they came; then age, then
 * whether it was here before; only then the racer is told. Whoever has no key learns nothing but 401.
 */
export async function receiveWebhook(request: WebhookRequest, deps: WebhookDeps): Promise<WebhookAnswer> {
  const rawBody = bodyOf(request);
  if (rawBody === undefined) return { statusCode: 413 };
  const sender = senderOf({ ...request, rawBody }, deps.keys);
  if (sender === undefined) return UNAUTHORISED;
  const payload = parsePayload(sender.provider, Buffer.from(rawBody).toString('utf8'));
  if (payload === undefined) return { statusCode: 400, body: 'not a payload of this provider' };
  const nowMs = deps.clock.nowMs();
  const madeAtMs = sender.sentAtMs ?? payload.createdAtMs ?? 0;
  if (Math.abs(nowMs - madeAtMs) > MAX_AGE_MS) return UNAUTHORISED;
  if (!(await deps.guard.isNew(nameOf({ ...request, rawBody }, sender.provider, payload), nowMs)))
    return REPEATED;
  const transactions = payload.transactions.slice(0, MAX_TRANSACTIONS);
  const event = { chainId: deps.chainId, seenAtMs: nowMs, source: `webhook:${sender.provider}` };
  await Promise.all(transactions.map((confirmed) => deps.startRacer({ ...event, confirmed })));
  return { statusCode: 202, body: `${transactions.length}` };
}

/** QuickNode signs what it then compresses. `undefined` for what is too large, or does not decompress. */
function bodyOf({ headers, rawBody }: WebhookRequest): Uint8Array | undefined {
  if (rawBody.byteLength > MAX_BODY_BYTES) return undefined;
  if (headers['content-encoding'] !== 'gzip') return rawBody;
  try {
    return gunzipSync(rawBody, { maxOutputLength: MAX_BODY_BYTES });
  } catch {
    return undefined;
  }
}

const UNAUTHORISED: WebhookAnswer = { statusCode: 401 };
/** A provider that repeats itself is content with this, and an attacker learns nothing. */
const REPEATED: WebhookAnswer = { statusCode: 200, body: '0' };

/** By what was signed, where the provider gives no id. */
function nameOf({ headers, rawBody }: WebhookRequest, provider: string, { eventId }: WebhookPayload): string {
  if (eventId !== undefined) return `${provider}#${eventId}`;
  const digest = createHash('sha256')
    .update(headers['x-qn-nonce'] ?? '')
    .update(rawBody)
    .digest('hex');
  return `${provider}#${digest}`;
}
