import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as v from 'valibot';
import { ConfigError } from '../errors.ts';
import type { Hex } from '../hex.ts';

/** What must never be printed: the object hides its values from JSON, `inspect` and spreading. */
export interface Secrets {
  /** A provider's URL usually has its API key in it. */
  readonly rpcUrl: string;
  /** Of another provider: what logs the first tells of long ago is held against it. */
  readonly secondRpcUrl?: string | undefined;
  /** Nodes that tell of pending transactions, over WebSocket: two, of different providers. */
  readonly wsUrls: readonly string[];
  /** What providers sign their webhooks with, by provider; two each while one is being replaced. */
  readonly webhookKeys: WebhookKeys;
  /** Private keys of the accounts that may call the executor. None where KMS signs. */
  readonly operatorKeys: readonly Hex[];
  /** Private key by which relays know us; it never holds funds. */
  readonly relayIdentityKey: Hex;
}

export interface WebhookKeys {
  readonly alchemy: readonly string[];
  readonly quicknode: readonly string[];
}

/** @throws ConfigError naming the secret or its wrong fields, never a value. */
export async function readSecrets(secretId: string): Promise<Secrets> {
  return parseSecrets(await secretString(secretId), secretId);
}

/** @param secretId names the secret in the error. @throws ConfigError naming wrong fields, never a value. */
export function parseSecrets(text: string, secretId: string): Secrets {
  const parsed = v.safeParse(secretSchema, parseJson(text, secretId));
  if (parsed.success) return new HiddenSecrets(parsed.output);
  // Not the issues' own messages: those quote what they received.
  const fields = parsed.issues.map((issue) => v.getDotPath(issue) ?? '(whole value)');
  throw new ConfigError(
    `Secret ${secretId} is wrong or incomplete in: ${fields.join(', ')}. Put JSON there with ` +
      'rpcUrl (http or https), operatorKeys (0x… private keys; none where KMS signs) and relayIdentityKey, perhaps ' +
      'secondRpcUrl (another provider), and for the sources wsUrls (ws or wss) and webhookKeys ({"alchemy": ["…"], "quicknode": ["…"]}).',
  );
}

const keySchema = v.pipe(v.string(), v.regex(/^0x[0-9a-fA-F]{64}$/));
const webhookKeys = v.pipe(v.array(v.pipe(v.string(), v.minLength(16))), v.maxLength(2));
const httpUrl = v.pipe(v.string(), v.url(), v.regex(/^https?:/));
const secretSchema = v.object({
  ...{ rpcUrl: httpUrl, secondRpcUrl: v.optional(httpUrl) },
  wsUrls: v.optional(v.array(v.pipe(v.string(), v.url(), v.regex(/^wss?:/))), []),
  webhookKeys: v.optional(
    v.strictObject({ alchemy: v.optional(webhookKeys, []), quicknode: v.optional(webhookKeys, []) }),
    {},
  ),
  operatorKeys: v.array(keySchema),
  relayIdentityKey: keySchema,
});

async function secretString(secretId: string): Promise<string> {
  const { SecretString } = await getSecretValue(secretId);
  if (SecretString) return SecretString;
  throw new ConfigError(`Secret ${secretId} is binary: store JSON text.`);
}

async function getSecretValue(secretId: string) {
  try {
    return await new SecretsManagerClient().send(new GetSecretValueCommand({ SecretId: secretId }));
  } catch (cause) {
    throw new ConfigError(
      `Secret ${secretId} cannot be read: see the cause; if it has no value yet, ` +
        'fill it with `aws secretsmanager put-secret-value`.',
      { cause },
    );
  }
}

function parseJson(text: string, secretId: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Without its cause on purpose: the parser's message quotes the text.
    throw new ConfigError(`Secret ${secretId} is not JSON: store an object with the documented fields.`);
  }
}

class HiddenSecrets implements Secrets {
  readonly #values: Secrets;

  constructor(values: Secrets) {
    this.#values = values;
  }

  get rpcUrl(): string {
    return this.#values.rpcUrl;
  }

  get secondRpcUrl(): string | undefined {
    return this.#values.secondRpcUrl;
  }

  get wsUrls(): readonly string[] {
    return this.#values.wsUrls;
  }

  get webhookKeys(): WebhookKeys {
    return this.#values.webhookKeys;
  }

  get operatorKeys(): Secrets['operatorKeys'] {
    return this.#values.operatorKeys;
  }

  get relayIdentityKey(): Hex {
    return this.#values.relayIdentityKey;
  }

  toJSON(): string {
    return '[secrets]';
  }

  toString(): string {
    return '[secrets]';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secrets]';
  }
}
