import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { id, Wallet } from 'ethers';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { main } from '../../bin/liquidator.ts';
import { startKms } from '../../devnet/aws/kms.ts';
import { type Anvil, startAnvil } from '../../devnet/chain/anvil.ts';
import { deployWorld } from '../../devnet/chain/deploy.ts';
import type { World } from '../../devnet/chain/world.ts';
import { standInOperator } from '../../devnet/drill/stand-in-operator.ts';
import { boxConfig } from '../../devnet/network-config.ts';
import { DEPLOYMENT_PROXY, DEPLOYMENT_PROXY_CODE } from '../../lib/deploy/executor-code.ts';
import { executorInterface } from '../../lib/executor.ts';
import { stubAccount } from '../support/aws-account.ts';

let anvil: Anvil;
let world: World;
const folder = mkdtempSync(join(tmpdir(), 'deploy-executor-'));
const config = join(folder, 'local.json');
const owner = new Wallet(id('owner'));
const operator = new Wallet(id('operator')).address;

beforeAll(async () => {
  anvil = await startAnvil();
  world = await deployWorld(anvil);
  writeFileSync(config, JSON.stringify(boxConfig(world, operator, 'http://127.0.0.1:1')));
  await anvil.rpc('anvil_setBalance', [owner.address, '0x56bc75e2d63100000']);
  await anvil.rpc('evm_setAutomine', [true]);
});
afterAll(async () => {
  await anvil?.stop();
  rmSync(folder, { recursive: true });
});

async function deploy(environment: Record<string, string | undefined>, ...more: readonly string[]) {
  const said: string[] = [];
  const say = (text: string) => said.push(text);
  const args = ['deploy-executor', '--config', config, '--operator', operator, ...more];
  const base = { RPC_URL: anvil.url, OWNER_KEY: owner.privateKey };
  const code = await main(args, {
    environment: { ...base, ...environment },
    ...{ print: say, complain: say, nowMs: Date.now },
  });
  const text = said.join('\n');
  return { code, said: text, executor: /executor (0x\w{40})/.exec(text)?.[1] ?? '' };
}

const view = async (executor: string, name: string, args: readonly unknown[] = []) => {
  const data = executorInterface.encodeFunctionData(name, args);
  const returned = await anvil.rpc('eth_call', [{ to: executor, data }, 'latest']);
  return executorInterface.decodeFunctionResult(name, String(returned));
};

test('without the proxy nothing can be deployed', async () => {
  await anvil.rpc('anvil_setCode', [DEPLOYMENT_PROXY, '0x']);
  expect(await deploy({}, '--yes')).toMatchObject({
    code: 1,
    said: expect.stringContaining('no deterministic'),
  });
  await anvil.rpc('anvil_setCode', [DEPLOYMENT_PROXY, DEPLOYMENT_PROXY_CODE]);
});

test('first it says what it would send, then it sends; the executor is where it said, ours, and complete', async () => {
  const blockBefore = await anvil.rpc('eth_blockNumber');
  const dry = await deploy({});
  expect(dry).toMatchObject({ code: 0, said: expect.stringContaining('Nothing was sent: add --yes.') });
  expect(dry.said).toMatch(/to send: deploy the executor to 0x/);
  expect(await anvil.rpc('eth_blockNumber')).toBe(blockBefore);
  expect(await anvil.rpc('eth_getCode', [dry.executor, 'latest'])).toBe('0x');

  const sent = await deploy({}, '--yes');
  expect(sent).toMatchObject({ code: 0, executor: dry.executor });
  expect(sent.said).toContain(`put "executor": "${dry.executor}" into contracts`);
  expect([...(await view(dry.executor, 'OWNER'))]).toEqual([owner.address]);
  expect([...(await view(dry.executor, 'WETH'))]).toEqual([world.tokens.WETH.address]);
  expect([...(await view(dry.executor, 'isOperator', [operator]))]).toEqual([true]);
  const liquidationCall = '0x00a718a9';
  expect((await view(dry.executor, 'ruleOf', [world.aave.pool, liquidationCall]))[0]).toBe(true);

  expect((await deploy({})).said).toContain('Complete.');
});

test('a rule that is missing is found and sent alone', async () => {
  const { executor } = await deploy({});
  const rule = [world.aave.pool, '0x00a718a9', false, 0n];
  const data = executorInterface.encodeFunctionData('setRules', [[rule]]);
  await anvil.rpc('anvil_impersonateAccount', [owner.address]);
  await anvil.rpc('eth_sendTransaction', [{ from: owner.address, to: executor, data }]);

  expect((await deploy({})).said).toMatch(/to send: allow 1 calls/);
  expect((await deploy({}, '--yes')).code).toBe(0);
  expect((await deploy({})).said).toContain('Complete.');
});

test('the same owner has the same executor on every chain; another has another', async () => {
  const { executor } = await deploy({});
  const other = await deploy({ OWNER_KEY: id('somebody else') });
  expect(other.executor).not.toBe(executor);
});

test('an operator may be named by its key in KMS', async () => {
  const kms = await startKms({ 'key-of-the-stack': id('in KMS') });
  stubAccount({ AWS_ENDPOINT_URL_KMS: kms.url });
  try {
    const { executor, said } = await deploy({}, '--operator-key', 'key-of-the-stack', '--yes');
    expect(said).toContain(`allow operator ${new Wallet(id('in KMS')).address}`);
    expect([...(await view(executor, 'isOperator', [new Wallet(id('in KMS')).address]))]).toEqual([true]);
    expect(await deploy({}, '--operator-key', 'typo')).toMatchObject({
      code: 1,
      said: expect.stringContaining('There is no such key'),
    });
  } finally {
    vi.unstubAllEnvs();
    await kms.stop();
  }
});

test('where one drills, an executor takes a stranger for its operator, and no key of worth is needed', async () => {
  const { executor } = await deploy({});
  const { address } = await standInOperator(anvil.rpc, executor);
  expect([...(await view(executor, 'isOperator', [address]))]).toEqual([true]);
  await expect(standInOperator(anvil.rpc, operator)).rejects.toThrow(/no executor of ours/);
});

test.each([
  ['no node', { RPC_URL: undefined }, /Set RPC_URL/],
  ['no owner', { OWNER_KEY: undefined }, /Set OWNER_KEY/],
  ['a key that is none', { OWNER_KEY: '0x12' }, /Set OWNER_KEY/],
])('%s is said, and the key is not', async (_, environment, message) => {
  const { code, said } = await deploy(environment);
  expect(code).toBe(2);
  expect(said).toMatch(message);
  expect(said).not.toContain(owner.privateKey.slice(2));
});
