import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { LocalService } from '../../devnet/aws/aws-json-server.ts';
import { startSecretsManager } from '../../devnet/aws/secrets-manager.ts';
import { parseSecrets, readSecrets } from '../../lib/adapters/secrets.ts';
import { stubAccount } from '../support/aws-account.ts';

const key = (digit: string) => `0x${digit.repeat(64)}`;
const values = {
  rpcUrl: 'https://node.example/v2/api-key',
  operatorKeys: [key('a'), key('b')],
  relayIdentityKey: key('c'),
};
const SENSITIVE = ['api-key', 'aaaa', 'bbbb', 'cccc'];

function expectNothingIn(text: string): void {
  for (const part of SENSITIVE) expect(text).not.toContain(part);
}

describe('readSecrets', () => {
  let service: LocalService;
  beforeEach(async () => {
    service = await startSecretsManager({ id: JSON.stringify(values), incomplete: '{}' });
    stubAccount({ AWS_ENDPOINT_URL_SECRETS_MANAGER: service.url });
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await service.stop();
  });

  test('gives the values of the secret with this id', async () => {
    const { rpcUrl, operatorKeys, relayIdentityKey } = await readSecrets('id');

    expect({ rpcUrl, operatorKeys, relayIdentityKey }).toEqual(values);
  });

  test('names the secret that does not exist, and what AWS says', async () => {
    const failure = await readSecrets('typo').catch((error: unknown) => error);

    expect(failure).toMatchObject({ name: 'ConfigError', cause: { name: 'ResourceNotFoundException' } });
    expect(String(failure)).toContain('typo');
  });

  test('names every missing field', async () => {
    await expect(readSecrets('incomplete')).rejects.toThrow('rpcUrl, operatorKeys, relayIdentityKey');
  });
});

describe('parseSecrets', () => {
  test.each([
    ['rpcUrl', { ...values, rpcUrl: 'wss://node.example/v2/api-key' }],
    ['operatorKeys.0', { ...values, operatorKeys: ['bbbb'] }],
    ['operatorKeys.1', { ...values, operatorKeys: [key('a'), 'bbbb'] }],
    ['relayIdentityKey', { ...values, relayIdentityKey: `${key('c')}c` }],
  ])('names a wrong %s and no value', (field, wrong) => {
    const parse = () => parseSecrets(JSON.stringify(wrong), 'id');

    expect(parse).toThrow(new RegExp(`^Secret id is wrong or incomplete in: ${field}\\. `));
    expectNothingIn(describeFault(parse));
  });

  test('does not quote a text that is not JSON', () => {
    const parse = () => parseSecrets(`${JSON.stringify(values)} aaaa`, 'id');

    expect(parse).toThrow('Secret id is not JSON');
    expectNothingIn(describeFault(parse));
  });
});

describe('secrets', () => {
  const secrets = parseSecrets(JSON.stringify(values), 'id');

  test.each([
    ['JSON.stringify', JSON.stringify({ secrets })],
    ['inspect', inspect({ secrets }, { depth: null, showHidden: true })],
    ['a string', `${secrets}`],
    ['spreading', JSON.stringify({ ...secrets })],
    ['Object.entries', JSON.stringify(Object.entries(secrets))],
  ])('are not printed by %s', (_, printed) => {
    expectNothingIn(printed);
  });
});

/** Everything that a log would show of the error. */
function describeFault(act: () => unknown): string {
  try {
    return String(act());
  } catch (error) {
    return inspect(error, { depth: null, showHidden: true });
  }
}
