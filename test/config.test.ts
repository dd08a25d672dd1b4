import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ADDRESSES } from '../lib/addresses.ts';
import { loadConfig, parseNetworkConfig, racePolicy } from '../lib/config.ts';
import { ConfigError } from '../lib/errors.ts';

const local: Record<string, unknown> = JSON.parse(readFileSync('config/local.json', 'utf8'));
const environment = { LIQUIDATOR_CONFIG: JSON.stringify(local), TABLE_NAME: 'ledger', SECRET_ID: 'operator' };

test('the example configuration is valid, its amounts exact', () => {
  const { network } = loadConfig(environment);
  expect(network.chainId).toBe(31_337);
  expect(network.policy.bidBps).toBe(9_000n);
  expect(network.policy.maxGasCostWei).toBe(500_000_000_000_000_000n);
});

describe('the configuration of a public network', () => {
  const read = (name: string) => JSON.parse(readFileSync(`config/${name}.json`, 'utf8'));

  test.each([
    ['mainnet', 1],
    ['sepolia', 11_155_111],
  ])('%s is valid and has the addresses of its chain', (name, chainId) => {
    const config = parseNetworkConfig(read(name), name);
    const facts = ADDRESSES.get(chainId);

    expect(config).toMatchObject({ network: name, chainId, uniswapV3: facts?.uniswapV3 });
    expect(config.contracts).toMatchObject({ weth: facts?.weth, multicall3: facts?.multicall3 });
    const { core, spark } = facts?.aaveV3 ?? {};
    expect(config.aaveV3).toEqual(spark ? [core, spark] : [core]);
  });

  test('every builder of mainnet is spoken to in its own dialect, and known by that name as builder', () => {
    const { relays, builders } = parseNetworkConfig(read('mainnet'), 'mainnet');
    expect(relays.map(({ name, dialect }) => [name, dialect])).toEqual(
      ['flashbots', 'buildernet', 'titan', 'beaverbuild', 'rsync', 'quasar'].map((name) => [name, name]),
    );
    const names = relays.map(({ name }) => name);
    expect(Object.values(builders).filter((name) => !names.includes(name))).toEqual([]);
  });

  test('has no executor before one is deployed, and then nothing races', () => {
    const config = parseNetworkConfig(read('mainnet'), 'mainnet');

    expect(config.contracts.executor).toBeUndefined();
    expect(() => racePolicy(config)).toThrow(/names no executor: run `liquidator deploy-executor`/);
  });

  test('with an executor races with it', () => {
    const executor = '0x00000000000000000000000000000000000000AA';
    const config = parseNetworkConfig({ ...read('mainnet'), contracts: { executor } }, 'mainnet');

    expect(racePolicy(config)).toMatchObject({ executor, chainId: 1, bidBps: 9_000n });
  });

  test.each([
    ['a WETH of its own', { contracts: { weth: local.contracts } }, /contracts\.weth/],
    ['addresses that contradict ours', { contracts: Object(local.contracts) }, /knows this chain/],
    ['a market that there is not', { aaveV3: ['moon'] }, /"moon" is no market .*core, prime/],
    ['a Comet that there is not', { compoundV3: ['moon'] }, /"moon" is no market .*usdc, weth, usdt/],
  ])('refuses %s', (_, change, message) => {
    expect(() => parseNetworkConfig({ ...read('mainnet'), ...change }, 'mainnet')).toThrow(message);
  });

  test('of another chain has to bring all addresses', () => {
    const { uniswapV3: _, ...incomplete } = local;
    expect(() => parseNetworkConfig(incomplete, 'local')).toThrow(/does not know this chain: give all/);
  });
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
