import { id } from 'ethers';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Builder, startBuilder } from '../devnet/builder/builder.ts';
import { type Anvil, startAnvil } from '../devnet/chain/anvil.ts';
import { compileOwn } from '../devnet/chain/compile.ts';
import { beginOrdinaryBlocks, deployWorld } from '../devnet/chain/deploy.ts';
import type { World } from '../devnet/chain/world.ts';
import { boxConfig } from '../devnet/network-config.ts';
import { deployOwnExecutor } from '../devnet/own-executor.ts';
import { auctionIn } from '../functions/wiring/auction.ts';
import { venuesOf } from '../functions/wiring/liquidity.ts';
import { worldOf } from '../functions/wiring/world.ts';
import { connectChain } from '../lib/adapters/chain.ts';
import { parseSecrets } from '../lib/adapters/secrets.ts';
import { dynamoLedger } from '../lib/adapters/store.ts';
import { parseNetworkConfig } from '../lib/config.ts';
import { creationCode } from '../lib/deploy/executor-code.ts';
import { checksOf } from '../lib/doctor/checks.ts';
import { examine, type Finding } from '../lib/doctor/examine.ts';
import type { Patient } from '../lib/doctor/patient.ts';
import { executorInterface } from '../lib/executor.ts';
import { isoSeconds } from '../lib/ledger/key.ts';
import type { Ledger } from '../lib/ledger/ledger.ts';
import { type LocalDynamo, startDynamo } from './support/dynamodb.ts';

let anvil: Anvil;
let ground: World;
let builder: Builder;
let dynamo: LocalDynamo;
let ledger: Ledger;
let executor: string;
let healthy: Patient;
let nowMs: number;
let snapshot: unknown;

beforeAll(async () => {
  anvil = await startAnvil();
  ground = await deployWorld(anvil);
  executor = await deployOwnExecutor(anvil, ground);
  await beginOrdinaryBlocks(anvil);
  builder = await startBuilder({ publicNode: anvil });
  dynamo = await startDynamo();
  ledger = await dynamo.freshLedger();
  const { timestampSeconds } = await builder.head();
  nowMs = (timestampSeconds + 5) * 1000;
  healthy = await patientAt({});
  snapshot = await anvil.rpc('evm_snapshot');
});
afterEach(async () => {
  await anvil.rpc('evm_revert', [snapshot]);
  snapshot = await anvil.rpc('evm_snapshot');
});
afterAll(async () => {
  await builder?.stop();
  await dynamo?.stop();
  await anvil?.stop();
});

/** As the command line would admit it, with some of the configuration changed. */
async function patientAt(changes: object): Promise<Patient> {
  const config = { ...boxConfig(ground, executor, builder.url), ...changes };
  const network = parseNetworkConfig(config, 'test');
  const { searcherOperator } = ground.accounts;
  const secret = {
    rpcUrl: anvil.url,
    operatorKeys: [searcherOperator.privateKey],
    relayIdentityKey: id('relay identity'),
  };
  const world = worldOf(network, parseSecrets(JSON.stringify(secret), 'test'), ledger);
  const node = { rpcUrl: anvil.url, multicall3: ground.multicall3, timeoutMs: 20_000 };
  const { bytecode } = (await compileOwn()).get('LiquidationExecutor');
  const code = (owner: string) => creationCode(bytecode, owner, network.contracts.weth);
  return {
    network,
    chain: connectChain({ ...node, chainId: network.chainId }),
    secondChain: connectChain({ ...node, chainId: network.chainId }),
    operators: [searcherOperator.address],
    venues: venuesOf(network, network.contracts.executor ?? ''),
    relays: auctionIn(world).relays,
    ledger,
    codeAt: async (address) => String(await anvil.rpc('eth_getCode', [address, 'latest'])),
    balanceOf: async (address) => BigInt(String(await anvil.rpc('eth_getBalance', [address, 'latest']))),
    ownCode: async (owner) => String(await anvil.rpc('eth_call', [{ data: code(owner) }, 'latest'])),
    outsideTimeMs: async () => nowMs,
    nowMs: () => nowMs,
    randomUuid: () => crypto.randomUUID(),
  };
}

async function wrong(patient: Patient): Promise<readonly Finding[]> {
  return (await examine(checksOf(patient))).filter(({ verdict }) => verdict !== 'pass');
}

async function asOwner(name: string, args: readonly unknown[]): Promise<void> {
  const from = ground.accounts.searcherOwner.address;
  await send(from, executor, executorInterface.encodeFunctionData(name, args));
}

async function send(from: string, to: string, data: string): Promise<void> {
  await anvil.rpc('anvil_impersonateAccount', [from]);
  await anvil.rpc('eth_sendTransaction', [{ from, to, data, gas: '0x989680' }]);
  await anvil.rpc('evm_mine');
}

test('a healthy deployment passes on every line', async () => {
  const findings = await examine(checksOf(healthy));
  expect(findings.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
  expect(findings.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      ...['chain id', 'head is fresh', 'providers agree', 'clock', 'code of weth', 'aaveV3[0] is understood'],
      ...['prices of aaveV3[0]', 'executor is ours', 'operator keys match', 'rules', 'relay box', 'table'],
      ...['not paused', 'budget of the day'],
    ]),
  );
});

/** The one line that fails; those that cannot be told without it are named as such. */
async function expectOneFailure(patient: Patient, name: string, detail: RegExp): Promise<void> {
  const bad = await wrong(patient);
  expect(bad.filter(({ verdict }) => verdict === 'fail').map((finding) => finding.name)).toEqual([name]);
  expect(bad[0]?.detail).toMatch(detail);
  for (const { verdict, detail: why } of bad.slice(1)) {
    expect(verdict).toBe('unknown');
    expect(why).toContain('cannot be told before');
  }
}

describe('each fault is found on its line and nowhere else', () => {
  test('a node of another chain', async () => {
    await expectOneFailure(await patientAt({ chainId: 5 }), 'chain id', /serves chain 31337, not chain 5/);
  });

  test('a node that has fallen behind', async () => {
    const late = nowMs + 3_600_000;
    const patient = { ...healthy, nowMs: () => late, outsideTimeMs: async () => late };
    await expectOneFailure(patient, 'head is fresh', /s old\. Use a node that is in sync/);
  });

  test('a second provider on another fork', async () => {
    const other = await startAnvil();
    for (let block = 0; block < 5; block++) await other.rpc('evm_mine');
    const node = { rpcUrl: other.url, multicall3: ground.multicall3, timeoutMs: 20_000 };
    const secondChain = connectChain({ ...node, chainId: 31337 });
    await expectOneFailure({ ...healthy, secondChain }, 'providers agree', /on a fork/);
    secondChain.close();
    await other.stop();
  });

  test('a clock that is off', async () => {
    const patient = { ...healthy, outsideTimeMs: async () => nowMs - 9_000 };
    await expectOneFailure(patient, 'clock', /9000 ms off/);
  });

  test('an address without a contract', async () => {
    const factory = `0x${'12'.repeat(20)}`;
    await expectOneFailure(
      await patientAt({ uniswapV3: { factory } }),
      'code of uniswapV3',
      /no contract .* Correct the address/,
    );
  });

  test('a pool whose revision nobody knows', async () => {
    // Answers 32, or an empty list, to whatever it is asked.
    await anvil.rpc('anvil_setCode', [ground.aave.pool, '0x60205f5260405ff3']);
    await expectOneFailure(healthy, 'aaveV3[0] is understood', /revision 32 is not modelled/);
  });

  test('a price source that nobody can compute', async () => {
    const feed = (await compileOwn()).get('SettablePriceFeed');
    const source = `0x${'51'.repeat(20)}`;
    const code = await anvil.rpc('eth_call', [{ data: feed.bytecode + '1'.padStart(64, '0') }, 'latest']);
    await anvil.rpc('anvil_setCode', [source, code]);
    await anvil.rpc('anvil_setStorageAt', [source, `0x${'0'.repeat(64)}`, `0x${'1'.padStart(64, '0')}`]);
    const data = `0xabfd5310${[64, 128, 1, BigInt(ground.tokens.DAI.address), 1, BigInt(source)]
      .map((word) => word.toString(16).padStart(64, '0'))
      .join('')}`;
    await send(ground.accounts.deployer.address, ground.aave.oracle, data);
    await expectOneFailure(healthy, 'prices of aaveV3[0]', /1 price sources are frozen/);
  });

  test('an executor that is not ours', async () => {
    const { contracts } = Object(boxConfig(ground, executor, builder.url));
    const patient = await patientAt({ contracts: { ...contracts, executor: ground.aave.pool } });
    await expectOneFailure(patient, 'executor is ours', /is not contracts\/LiquidationExecutor\.sol/);
  });

  test('an executor that is not there yet', async () => {
    const { contracts } = Object(boxConfig(ground, executor, builder.url));
    const patient = await patientAt({ contracts: { ...contracts, executor: undefined } });
    await expectOneFailure(patient, 'executor is ours', /run `liquidator deploy-executor`/);
  });

  test('an operator that the executor does not know', async () => {
    await asOwner('setOperator', [ground.accounts.searcherOperator.address, false]);
    await expectOneFailure(healthy, 'operator keys match', /does not know 0x.* deploy-executor/);
  });

  test('a call that is not allowed', async () => {
    await asOwner('setRules', [[[ground.aave.pool, '0x00a718a9', false, 0n]]]);
    await expectOneFailure(healthy, 'rules', /1 of \d+ calls are not allowed/);
  });

  test('an operator without ether', async () => {
    const { address } = ground.accounts.searcherOperator;
    await anvil.rpc('anvil_setBalance', [address, '0x1']);
    await expectOneFailure(healthy, `balance of ${address}`, /Send it 0\.02 ETH or more/);
  });

  test('a relay that is down', async () => {
    const patient = await patientAt({ relays: [{ name: 'gone', url: 'http://127.0.0.1:1' }] });
    await expectOneFailure(patient, 'relay gone', /not reachable.*take it out/);
  });

  test('a table that is not there', async () => {
    const lost = dynamoLedger({ tableName: 'no-such-table', client: dynamo.client });
    await expectOneFailure({ ...healthy, ledger: lost }, 'table', /check the table name/);
  });

  test('a pause', async () => {
    await ledger.setPause(31337, { reason: 'for the test', atMs: nowMs });
    await expectOneFailure(healthy, 'not paused', /for the test.*liquidator resume/);
    await ledger.setPause(31337, undefined);
  });

  test('a day whose budget is spent', async () => {
    const { policy } = healthy.network;
    const stake = { chainId: 31337, day: isoSeconds(nowMs / 1000).slice(0, 10), lossWei: 0n };
    const gasWei = policy.maxDailyGasCostWei;
    await ledger.takeStake({ ...stake, gasWei }, policy);
    await expectOneFailure(healthy, 'budget of the day', /no room for a bundle/);
    await ledger.returnStake({ ...stake, gasWei }, { gasWei: 0n, lossWei: 0n });
  });
});
