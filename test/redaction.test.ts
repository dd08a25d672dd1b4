import { createServer, type Server } from 'node:http';
import { inspect } from 'node:util';
import { id } from 'ethers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listen } from '../devnet/local-server.ts';
import { guarded } from '../functions/wiring/guarded.ts';
import { connectChain } from '../lib/adapters/chain.ts';
import { keyOperator } from '../lib/adapters/operator.ts';
import { redactorOf } from '../lib/adapters/redact.ts';
import { parseSecrets } from '../lib/adapters/secrets.ts';
import { ChainError } from '../lib/errors.ts';

const OPERATOR = id('operator key');
const IDENTITY = id('relay identity');
const SECOND_TOKEN = 'secondprovidertoken99';
const TOKEN = 'pr0vider-t0ken-in-the-path';
const QUERY = 'secret-in-the-query';
const PASSWORD = 'pa55word-in-front';
const WEBHOOK = 'whsec_0123456789abcdef';

/** Whatever a log may make of it: digits in either case, the number, the bytes. */
const SECRETS = [
  ...[OPERATOR, IDENTITY].flatMap((key) => [
    key.slice(2),
    key.slice(2).toUpperCase(),
    BigInt(key).toString(),
    Buffer.from(key.slice(2), 'hex').toString('base64'),
  ]),
  ...[TOKEN, SECOND_TOKEN, QUERY, PASSWORD, WEBHOOK],
];

function expectNoSecret(text: string): void {
  for (const secret of SECRETS) expect(text.toLowerCase()).not.toContain(secret.toLowerCase());
}

/** As the runtime logs an error, and more: every property that it has. */
const logged = (error: unknown): string =>
  [inspect(error, { depth: null, showHidden: true }), JSON.stringify(error), String(error)].join('\n');

/** Repeats in its error whatever it was asked and where. */
let parrot: Server;
let parrotUrl: string;

beforeAll(async () => {
  parrot = createServer((request, response) => {
    const message = `no ${request.url} ${request.headers.authorization}`;
    response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, error: { code: -32000, message } }));
  });
  parrotUrl = (await listen(parrot)).host;
});
afterAll(() => parrot.close());

const urlAt = (host: string) => `http://user:${PASSWORD}@${host}/v2/${TOKEN}?key=${QUERY}`;
const secretsAt = (host: string) => ({
  rpcUrl: urlAt(host),
  secondRpcUrl: `https://second.example/v3/${SECOND_TOKEN}`,
  wsUrls: [`wss://node.example/ws/${TOKEN}`],
  webhookKeys: { alchemy: [WEBHOOK] },
  operatorKeys: [OPERATOR],
  relayIdentityKey: IDENTITY,
});

describe('every handler', () => {
  const redact = redactorOf(parseSecrets(JSON.stringify(secretsAt('node.example')), 'id'));
  const throwing = (fault: unknown) =>
    guarded(redact, async () => {
      throw fault;
    })();

  test.each(SECRETS)('keeps %s out of message, name, stack, causes and properties', async (secret) => {
    const cause = Object.assign(new Error(`deep: ${secret}`), { request: { body: secret } });
    const fault = Object.assign(new ChainError(`said ${secret} here`, { cause }), { value: secret });
    const seen = await throwing(fault).catch((error: unknown) => error);

    expect(seen).toMatchObject({ name: 'ChainError', message: 'said [redacted] here' });
    expectNoSecret(logged(seen));
  });

  test('whatever is thrown, even a text', async () => {
    const seen = await throwing(`bare ${OPERATOR}`).catch((error: unknown) => error);
    expect(seen).toBeInstanceOf(Error);
    expectNoSecret(logged(seen));
  });

  test('passes on what has no secret as it was', async () => {
    const cause = new Error('because');
    const seen = await throwing(new ChainError('no answer: check the node', { cause })).catch((e) => e);
    expect(seen).toMatchObject({
      name: 'ChainError',
      message: 'no answer: check the node',
      cause: { message: 'because' },
    });
    expect(seen.stack).toContain('redaction.test.ts');
  });
});

describe('every adapter by itself', () => {
  test.each([
    ['is down', '127.0.0.1:1'],
    ['repeats what it was asked', undefined],
  ])('a node that %s', async (_, host) => {
    const chain = connectChain({
      ...{ rpcUrl: urlAt(host ?? parrotUrl), chainId: 1, timeoutMs: 2_000 },
      multicall3: '0xcA11bde05977b3631167028862bE2a173976CA11',
    });
    const seen = await chain.head().catch((error: unknown) => error);
    chain.close();
    expect(seen).toBeInstanceOf(ChainError);
    expectNoSecret(logged(seen));
  });

  test('a key that is none', () => {
    const make = () => keyOperator(`${OPERATOR}ff`);
    expect(make).toThrow();
    try {
      make();
    } catch (error) {
      expectNoSecret(logged(error));
    }
  });

  test('a signer that is asked for something impossible', async () => {
    const seen = await keyOperator(OPERATOR)
      .sign({ ...IMPOSSIBLE, to: 'nobody' })
      .catch((error: unknown) => error);
    expect(seen).toBeInstanceOf(Error);
    expectNoSecret(logged(seen));
  });

  test('a secret that is incomplete', () => {
    const { relayIdentityKey: _, ...incomplete } = secretsAt('node.example');
    try {
      parseSecrets(JSON.stringify(incomplete), 'id');
      expect.unreachable();
    } catch (error) {
      expectNoSecret(logged(error));
    }
  });

  test('an operator itself', () => {
    expectNoSecret(logged(keyOperator(OPERATOR)));
  });
});

const IMPOSSIBLE = {
  ...{
    type: 2 as const,
    chainId: 1,
    nonce: 0,
    maxPriorityFeePerGas: 0n,
    maxFeePerGas: 0n,
    gasLimit: 0n,
    data: '0x',
  },
};
