import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cloud, startCloud } from '../../devnet/aws/cloud.ts';
import { type Anvil, startAnvil } from '../../devnet/chain/anvil.ts';
import { beginOrdinaryBlocks, deployWorld } from '../../devnet/chain/deploy.ts';
import { LOCAL_REGION } from '../../devnet/lambda/local-resources.ts';
import { readTemplate, refOf, resourcesOf, type Template } from '../../devnet/lambda/template.ts';
import { boxConfig } from '../../devnet/network-config.ts';
import { deployOwnExecutor } from '../../devnet/own-executor.ts';
import { synthesize } from '../../devnet/synth.ts';
import { backfillsIn } from '../../functions/wiring/backfill.ts';
import { connectChain } from '../../lib/adapters/chain.ts';
import { dynamoForesight } from '../../lib/adapters/foresight-store.ts';
import { sqsQueue } from '../../lib/adapters/queue.ts';
import type { Chain } from '../../lib/chain.ts';
import { parseNetworkConfig } from '../../lib/config.ts';
import { readStoredAccounts } from '../../lib/market/stored-accounts.ts';
import { protocolsOf } from '../../lib/protocols/index.ts';
import type { BackfillDeps } from '../../lib/refresh/backfill.ts';
import { workFor } from '../../lib/refresh/backfill-work.ts';

/** The Lambdas of the synthesized stack, on real Aave: backfill, refresh, and a racer that begins with their work. */
const stack = new AsyncDisposableStack();
let anvil: Anvil;
let cloud: Cloud;
let template: Template;
let chain: Chain;
let market: BackfillDeps;
const lines: string[] = [];

beforeAll(async () => {
  anvil = await startAnvil();
  stack.defer(() => anvil.stop());
  const world = await deployWorld(anvil);
  const executor = await deployOwnExecutor(anvil, world);
  await beginOrdinaryBlocks(anvil);
  const directory = await mkdtemp(join(tmpdir(), 'refresh-lambdas-'));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  const nowhere = 'http://127.0.0.1:1';
  const config = boxConfig(world, executor, nowhere, nowhere);
  template = readTemplate(await synthesize(config, directory));
  const secret = JSON.stringify({
    ...{ rpcUrl: anvil.url, operatorKeys: [world.accounts.searcherOperator.privateKey] },
    relayIdentityKey: world.accounts.searcherOwner.privateKey,
  });
  cloud = await startCloud({ template, secret, onLog: (source, line) => lines.push(`${source}: ${line}`) });
  stack.defer(() => cloud.stop());
  const network = parseNetworkConfig(config, 'test');
  const { chainId, contracts } = network;
  const connected = connectChain({
    ...{ rpcUrl: anvil.url, chainId, multicall3: contracts.multicall3, timeoutMs: 60_000 },
  });
  stack.defer(() => connected.close());
  chain = connected;
  const table = { tableName: cloud.tableName, client: cloud.dynamodb.client, timeoutMs: 60_000 };
  const [only] = backfillsIn({ network, chain, protocols: protocolsOf(network) }, table).values();
  if (only === undefined) throw new Error('No market can be stored.');
  market = only;
});
afterAll(() => stack.disposeAsync());

const REFRESHER = 'functions/refresh-watchlist.ts';
const RACER = 'functions/on-oracle-update.ts';

async function expectStored(): Promise<void> {
  const head = await chain.head();
  const stored = await readStoredAccounts(chain, market.storage, market.store, head);
  if (typeof stored === 'string') throw new Error(`Nothing is stored: ${stored}.`);
  expect(stored.block).toEqual({ number: head.number, hash: head.hash });
  const { protocol, deployedAtBlock } = market.source;
  const borrowers = await protocol.discover(chain, { fromBlock: deployedAtBlock, toBlock: head.number });
  const book = await protocol.read(chain, borrowers, head.number);
  expect(market.storage.changedAccounts(stored.accounts, book)).toEqual([]);
  expect(market.storage.addresses(book).length).toBeGreaterThan(5);
}

const headEvent = async () => {
  const { nextBaseFeeWei, gasLimit: _, ...head } = await chain.head();
  return { chainId: chain.chainId, head: { ...head, nextBaseFeeWei: String(nextBaseFeeWei) } };
};

test('a backfill through the queue stores everybody; what is not its work is a dead letter', async () => {
  const queue = resourcesOf(template, 'AWS::SQS::Queue').find(({ logicalId }) =>
    logicalId.startsWith('Backfill'),
  );
  const client = new SQSClient({
    ...{ endpoint: cloud.sqs.url, region: LOCAL_REGION, useQueueUrlAsEndpoint: false },
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const work = await workFor(market, (await chain.head()).number - 3);
  const bodies = work.map((one) => JSON.stringify(one));
  await sqsQueue(queue ? refOf(template, queue) : '', client).send([...bodies, '{"do":"nothing"}']);
  await cloud.sqs.idle();
  client.destroy();
  expect(lines.filter((line) => /failed/.test(line) && !/Not a piece/.test(line))).toEqual([]);
  const dead = `arn:aws:sqs:${LOCAL_REGION}:000000000000:`;
  const deadLetters = resourcesOf(template, 'AWS::SQS::Queue').find(({ logicalId }) =>
    logicalId.startsWith('Dead'),
  );
  expect(cloud.sqs.kept(`${dead}${deadLetters?.logicalId}`)).toEqual(['{"do":"nothing"}']);
  await expectStored();
});

test('each new block is stored; a schedule leaves alone what is fresh', async () => {
  await anvil.rpc('evm_mine', []);
  const { result, error } = await cloud.lambda.invoke(REFRESHER, await headEvent());
  expect(error).toBe(undefined);
  expect(result).toMatchObject([{ kept: 'stored' }, { kept: 'stored' }, { kept: 'stored' }]);
  await expectStored();
  const scheduled = await cloud.lambda.invoke(REFRESHER, { source: 'aws.events', detail: {} });
  expect(scheduled.result).toMatchObject([{ kept: 'fresh' }, { kept: 'fresh' }, { kept: 'fresh' }]);
});

test('a racer that starts begins with what is stored', async () => {
  lines.length = 0;
  const { error, coldStart } = await cloud.lambda.invoke(RACER, await headEvent());
  expect({ error, coldStart }).toEqual({ error: undefined, coldStart: true });
  expect(lines.filter((line) => line.includes('nothing stored'))).toEqual([]);
});

test('it leaves to the next what its market asked, which that one asks at once and leaves as it is', async () => {
  const table = { tableName: cloud.tableName, client: cloud.dynamodb.client, timeoutMs: 60_000 };
  const store = dynamoForesight({ ...table, chainId: chain.chainId });
  const left = await store.read();
  expect(left?.reads.length).toBeGreaterThan(100);
  await cloud.lambda.kill(RACER);
  lines.length = 0;
  const { error, coldStart } = await cloud.lambda.invoke(RACER, await headEvent());
  expect({ error, coldStart }).toEqual({ error: undefined, coldStart: true });
  expect(lines.filter((line) => line.includes('foresight') || line.includes('foreseen'))).toEqual([]);
  expect(await store.read()).toEqual(left);
});
