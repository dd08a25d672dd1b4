import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loadConfig, parseNetworkConfig } from '../lib/config.ts';
import { ConfigError } from '../lib/errors.ts';

const local: Record<string, unknown> = JSON.parse(readFileSync('config/local.json', 'utf8'));
const environment = { LIQUIDATOR_CONFIG: JSON.stringify(local), TABLE_NAME: 'ledger', SECRET_ID: 'operator' };

test('the example configuration is valid, its amounts exact', () => {
  const { network } = loadConfig(environment);
  expect(network.chainId).toBe(31_337);
  expect(network.policy.bidBps).toBe(9_000n);
  expect(network.policy.maxGasCostWei).toBe(500_000_000_000_000_000n);
});

describe('a wrong configuration names every wrong field and says what to do', () => {
  const wrong: readonly [string, object, RegExp][] = [
    ['an unknown field', { bidPercent: 90 }, /bidPercent/],
    [
      'an address with a digit missing',
      { contracts: { ...Object(local.contracts), weth: '0x12' } },
      /contracts\.weth: is not an address/,
    ],
    ['no relay', { relays: [] }, /relays/],
    ['a bid above everything', { policy: { ...Object(local.policy), bidBps: 10_001 } }, /policy\.bidBps/],
    [
      'wei as a float',
      { policy: { ...Object(local.policy), minProfitWei: '0.5' } },
      /policy\.minProfitWei: is not a whole number of wei/,
    ],
    ['wei as a number', { policy: { ...Object(local.policy), minProfitWei: 5 } }, /policy\.minProfitWei/],
    ['another network', { network: 'moon' }, /network/],
  ];
  test.each(wrong)('%s', (_, change, message) => {
    const parse = () => parseNetworkConfig({ ...local, ...change }, 'config/wrong.json');
    expect(parse).toThrow(ConfigError);
    expect(parse).toThrow(message);
    expect(parse).toThrow(/config\/wrong\.json/);
  });

  test.each(['LIQUIDATOR_CONFIG', 'TABLE_NAME', 'SECRET_ID'])('no %s in the environment', (name) => {
    expect(() => loadConfig({ ...environment, [name]: undefined })).toThrow(
      `Environment variable ${name} is missing`,
    );
  });

  test('text that is not JSON', () => {
    expect(() => loadConfig({ ...environment, LIQUIDATOR_CONFIG: '{' })).toThrow(
      /LIQUIDATOR_CONFIG is not JSON/,
    );
  });
});
