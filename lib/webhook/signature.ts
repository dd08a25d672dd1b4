import { createHmac, timingSafeEqual } from 'node:crypto';

/** A webhook's request as it came: nothing of it has been looked at. */
export interface WebhookRequest {
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly rawBody: Uint8Array;
}

/** What a provider signs with its key, and how old that may be. */
export type Verdict =
  | { readonly provider: 'alchemy' | 'quicknode' /** By the provider's clock. */; readonly sentAtMs?: number }
  | undefined;

/** Keys by provider: the one in use, and while it is being replaced the next. */
export interface WebhookKeys {
  readonly alchemy: readonly string[];
  readonly quicknode: readonly string[];
}

/**
 * Who sent it; `undefined` for anybody else, without a word on what was wrong.
 * Sources: Alchemy, "Webhook signature and security" (hex HMAC-SHA256 of the raw body); QuickNode, "Validating
 * incoming Streams webhook messages" (hex HMAC-SHA256 of nonce, timestamp and body).
 */
export function senderOf({ headers, rawBody }: WebhookRequest, keys: WebhookKeys): Verdict {
  const alchemy = headers['x-alchemy-signature'];
  if (alchemy !== undefined) {
    return isSignedBy(keys.alchemy, [rawBody], alchemy) ? { provider: 'alchemy' } : undefined;
  }
  const { 'x-qn-signature': signature, 'x-qn-nonce': nonce, 'x-qn-timestamp': timestamp } = headers;
  if (signature === undefined || nonce === undefined || timestamp === undefined) return undefined;
  if (!isSignedBy(keys.quicknode, [nonce, timestamp, rawBody], signature)) return undefined;
  const sentAtMs = timestampMs(timestamp);
  return sentAtMs === undefined ? undefined : { provider: 'quicknode', sentAtMs };
}

/** Every key is tried in full, whichever fits. */
function isSignedBy(
  keys: readonly string[],
  parts: readonly (string | Uint8Array)[],
  signature: string,
): boolean {
  const given = Buffer.from(/^[0-9a-f]{64}$/i.test(signature) ? signature : '', 'hex');
  return keys.map((key) => isEqual(hmac(key, parts), given)).includes(true);
}

function hmac(key: string, parts: readonly (string | Uint8Array)[]): Buffer {
  const digest = createHmac('sha256', key);
  for (const part of parts) digest.update(part);
  return digest.digest();
}

const isEqual = (expected: Buffer, given: Buffer): boolean =>
  given.length === expected.length && timingSafeEqual(expected, given);

/** Seconds or milliseconds since the epoch. */
function timestampMs(text: string): number | undefined {
  if (!/^\d{10}(\d{3})?$/.test(text)) return undefined;
  return text.length === 10 ? Number(text) * 1000 : Number(text);
}
