import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NetworkConfig } from '../lib/config.ts';
import type { Address } from '../lib/hex.ts';
import { type Cloud, startCloud } from './aws/cloud.ts';
import type { KmsFaults } from './aws/kms.ts';
import { type Builder, startBuilder } from './builder/builder.ts';
import { type SlotClock, startSlots } from './builder/slot-clock.ts';
import { type Anvil, startAnvil } from './chain/anvil.ts';
import { beginOrdinaryBlocks, deployWorld } from './chain/deploy.ts';
import { type OracleNode, startOracleNode } from './chain/oracle-node.ts';
import { deploySvrFeed, type SvrFeed, type SvrOracle, startSvrOracle } from './chain/svr.ts';
import type { World } from './chain/world.ts';
import { deployRivalLiquidator } from './demo/rival.ts';
import { readTemplate } from './lambda/template.ts';
import { type MevShare, startMevShare } from './mev-share/mev-share.ts';
import { boxConfig } from './network-config.ts';
import { appointOperators, deployOwnExecutor } from './own-executor.ts';
import { synthesize } from './synth.ts';

export interface BoxOptions {
  /** Of the public node; default: a free one. */
  readonly port?: number;
  /** Real time of a slot; 0: only `slots.nextSlot()` makes blocks. */
  readonly secondsPerSlot: number;
  readonly onProgress?: (step: string) => void;
  readonly onLog?: (source: string, line: string) => void;
  /** How the stack is deployed, as in the configuration's own `deployment`. */
  readonly deployment?: Partial<NetworkConfig['deployment']>;
  /** What goes wrong with the stack's keys in KMS, where it has any. */
  readonly kmsFaults?: KmsFaults;
}

/** Ethereum, a builder with its relay, and our stack with the AWS services that it needs, on this machine. */
export interface Box {
  readonly anvil: Anvil;
  readonly world: World;
  readonly executor: Address;
  /** A competitor's contract, with an inventory of USDC. */
  readonly rivalLiquidator: Address;
  readonly oracle: OracleNode;
  /** An aggregator with an auction, which may take the place of ether's own. */
  readonly svr: SvrFeed;
  readonly svrOracle: SvrOracle;
  readonly builder: Builder;
  readonly mevShare: MevShare;
  readonly slots: SlotClock;
  readonly cloud: Cloud;
  /** URLs by what answers there. */
  readonly endpoints: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** Whatever had started is stopped again when a later step fails. */
export async function startBox(options: BoxOptions): Promise<Box> {
  const stack = new AsyncDisposableStack();
  try {
    const box = await start(options, stack);
    return { ...box, stop: () => stack.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

async function start(options: BoxOptions, stack: AsyncDisposableStack): Promise<Omit<Box, 'stop'>> {
  const { port, secondsPerSlot, onProgress = () => undefined, onLog, deployment, kmsFaults } = options;
  onProgress('Compiling and deploying Aave V3.6, Uniswap V3, feeds and borrowers');
  const anvil = await startAnvil(port === undefined ? {} : { port });
  stack.defer(() => anvil.stop());
  const world = await deployWorld(anvil);
  const executor = await deployOwnExecutor(anvil, world);
  const rivalLiquidator = await deployRivalLiquidator(anvil, world);
  const svr = await deploySvrFeed(anvil, world);
  await beginOrdinaryBlocks(anvil);
  const oracle = await startOracleNode(anvil, world);
  const svrOracle = await startSvrOracle(anvil, world, svr);

  onProgress('Starting the block builder and its relay');
  const builder = await startBuilder({ publicNode: anvil });
  stack.defer(() => builder.stop());
  const mevShare = await startMevShare({ rpc: anvil.rpc, builder });
  stack.defer(() => mevShare.stop());

  onProgress('Synthesizing the CDK stack and starting its Lambdas, table and event bus');
  const directory = await mkdtemp(join(tmpdir(), 'liquidator-box-'));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  const config = {
    ...boxConfig(world, executor, builder.url, mevShare.url),
    builders: { [builder.coinbase]: 'box' },
    ...(deployment && { deployment }),
  };
  const template = readTemplate(await synthesize(config, directory));
  const secret = secretOf(anvil, world);
  const cloud = await startCloud({
    template,
    secret,
    ...(onLog && { onLog }),
    ...(kmsFaults && { kmsFaults }),
  });
  stack.defer(() => cloud.stop());

  const slots = await startSlots({ builder, secondsPerSlot });
  stack.defer(() => slots.stop());
  if (cloud.operators.length > 0) {
    await appointOperators(anvil, world, executor, cloud.operators);
    await slots.nextSlot();
  }
  const endpoints = {
    ...{ ethereum: anvil.url, mempool: anvil.wsUrl, relay: builder.url, 'mev-share': mevShare.url },
    ...{ dynamodb: cloud.dynamodb.url, events: cloud.events.url },
    ...(cloud.urls[0] && { webhooks: cloud.urls[0].url }),
  };
  const chain = { anvil, world, executor, rivalLiquidator, oracle, svr, svrOracle };
  return { ...chain, builder, mevShare, slots, cloud, endpoints };
}

/** Signs webhooks to the box. */
export const WEBHOOK_KEY = 'the box is not a secret';

/** The relay identity is a key that pays for nothing; here one of the oracles' spare ones serves. */
const secretOf = ({ url, wsUrl }: Anvil, { accounts }: World): string =>
  JSON.stringify({
    rpcUrl: url,
    // Two connections, for want of a second provider.
    wsUrls: [wsUrl, wsUrl],
    webhookKeys: { alchemy: [WEBHOOK_KEY], quicknode: [WEBHOOK_KEY] },
    operatorKeys: [accounts.searcherOperator.privateKey],
    relayIdentityKey: accounts.searcherOwner.privateKey,
  });
