import type { Secrets } from './secrets.ts';

/** Takes everything secret out of a text. */
export type Redact = (text: string) => string;

/** The last line of defence: every adapter already keeps its own secrets out of what it says. */
export function redactorOf(secrets: Secrets): Redact {
  const { rpcUrl, secondRpcUrl = rpcUrl, wsUrls, operatorKeys, relayIdentityKey, webhookKeys } = secrets;
  const parts = [
    ...[...operatorKeys, relayIdentityKey].flatMap(keyForms),
    ...[rpcUrl, secondRpcUrl, ...wsUrls].flatMap((url) => urlParts(new URL(url))),
    ...Object.values(webhookKeys).flat(),
  ];
  // The longest first, so that no part of one is left.
  const known = [...new Set(parts)].filter(({ length }) => length >= 6).sort((a, b) => b.length - a.length);
  return (text) => known.reduce((left, part) => replaceAnyCase(left, part), text);
}

/**
 * The same fault for the log: its name, message and stack, and those of its causes, as plain errors without
 * secrets and without whatever else a library hung on them.
 */
export function redactedError(fault: unknown, redact: Redact, depth = 0): Error {
  if (!(fault instanceof Error)) return new Error(redact(String(fault)));
  const deeper = fault.cause !== undefined && depth < MAX_CAUSES;
  const cause = deeper ? { cause: redactedError(fault.cause, redact, depth + 1) } : {};
  const redacted = new Error(redact(fault.message), cause);
  redacted.name = redact(fault.name);
  redacted.stack = redact(fault.stack ?? '');
  return redacted;
}

const MAX_CAUSES = 5;

const keyForms = (key: string): readonly string[] => {
  const digits = key.replace(/^0x/i, '');
  return [digits, BigInt(`0x${digits}`).toString(), Buffer.from(digits, 'hex').toString('base64')];
};

/** Path, query and user part may each be a token, whole or in pieces; the host is none. */
const urlParts = ({ pathname, search, username, password, searchParams }: URL): readonly string[] => [
  ...[pathname, search, username, password],
  ...[...pathname.split('/'), ...searchParams.values()],
];

const replaceAnyCase = (text: string, part: string): string =>
  text.replace(new RegExp(RegExp.escape(part), 'gi'), '[redacted]');
