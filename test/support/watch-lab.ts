import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { id } from 'ethers';
import { type Anvil, startAnvil } from '../../devnet/chain/anvil.ts';
import { mineBlock } from '../../devnet/chain/blocks.ts';
import { deployWorld } from '../../devnet/chain/deploy.ts';
import { type OracleNode, startOracleNode } from '../../devnet/chain/oracle-node.ts';
import { START_PRICES } from '../../devnet/chain/prices.ts';
import type { World as Ground } from '../../devnet/chain/world.ts';
import { boxConfig } from '../../devnet/network-config.ts';
import { racerIn } from '../../functions/wiring/racer.ts';
import { worldOf } from '../../functions/wiring/world.ts';
import { dynamoLease } from '../../lib/adapters/lease.ts';
import { parseSecrets } from '../../lib/adapters/secrets.ts';
import { openEventStream } from '../../lib/adapters/sources/event-stream.ts';
import { openNodeStream } from '../../lib/adapters/sources/node-stream.ts';
import { dynamoLedger } from '../../lib/adapters/store.ts';
import { parseNetworkConfig } from '../../lib/config.ts';
import type { Hex } from '../../lib/hex.ts';
import type { Claimed } from '../../lib/ledger/fact.ts';
import { parseEvent } from '../../lib/oracles/event.ts';
import { answer } from '../../lib/racer.ts';
import type { SuccessorEvent } from '../../lib/watcher/shift.ts';
import { runWatcher, type WatcherAnswer } from '../../lib/watcher/watcher.ts';
import { PATIENCE_MS, startDynamo } from './dynamodb.ts';
import { eventually } from './eventually.ts';

/** A chain whose ether feed speaks, the real racer, and as many watchers as one likes, in one process. */
export interface WatchLab {
  readonly anvil: Anvil;
  readonly ground: Ground;
  /** Signs the next report, without sending it. */
  report(): { readonly rawTransaction: Hex; readonly hash: Hex };
  publish(rawTransaction: Hex): Promise<void>;
  mine(): Promise<void>;
  /** What the ledger says of the update that this transaction brought, once it says anything. */
  claimOf(transactionHash: Hex): Promise<Claimed>;
  /** Decisions of the racer, by update. */
  readonly decisions: readonly { readonly updateId: string; readonly decision: string }[];
  watcher(options: WatcherOptions): RunningWatcher;
  stop(): Promise<void>;
}

export interface WatcherOptions {
  /** WebSocket ports. */
  readonly ports: readonly number[];
  readonly hintStreamUrl?: string;
  /** Watchers of one name share a lease. */
  readonly leaseName?: string;
  readonly slotMs?: number;
  /** A node that misses three of these is silent. */
  readonly heartbeatMs?: number;
  readonly event?: object;
  readonly remainingMs?: () => number;
  readonly callSuccessor?: (event: SuccessorEvent) => Promise<void>;
  /** The racer that this watcher knows; default the lab's. */
  readonly invokeRacer?: (event: unknown) => Promise<unknown>;
}

export interface RunningWatcher {
  readonly ended: Promise<WatcherAnswer>;
  readonly log: readonly string[];
  /** Resolves when it says this. */
  says(pattern: RegExp): Promise<void>;
  /** Resolves when so many sources deliver. */
  hears(sources: number): Promise<void>;
  /** Resolves when the lease is its own. */
  holdsLease(): Promise<void>;
  /** Without a word to anybody. */
  kill(): Promise<void>;
}

const TIMES = {
  leaseMs: 600,
  renewMs: 200,
  handOverMs: 60_000,
  callAgainMs: 60_000,
  leaveMs: 200,
  tickMs: 20,
};
/** So long that no node is taken for silent because the machine is busy. */
const HEARTBEAT_MS = 5_000;

export async function startWatchLab(): Promise<WatchLab> {
  const anvil = await startAnvil();
  const ground = await deployWorld(anvil);
  const dynamo = await startDynamo();
  const tableName = await dynamo.createTable();
  const ledger = dynamoLedger({ tableName, client: dynamo.client, timeoutMs: PATIENCE_MS });
  const oracle = await startOracleNode(anvil, ground);
  const world = worldIn(anvil, ground, ledger);
  const racer = racerIn(world);
  await racer.resident.current(undefined, 0);
  const decisions: { updateId: string; decision: string }[] = [];
  const byTransaction = new Map<Hex, Claimed>();
  const running = new Set<RunningWatcher>();
  const report = reportsOf(oracle, ground.startSeconds);

  async function race(event: unknown): Promise<unknown> {
    // As over the wire.
    const answered = await answer(parseEvent(JSON.parse(JSON.stringify(event))), Date.now(), racer);
    for (const update of answered.updates) if ('updateId' in update) await note(update);
    return answered;
  }

  async function note(update: { updateId: string; decision: string }): Promise<void> {
    decisions.push(update);
    const [claimed] = await ledger.factsOfUpdate(update.updateId);
    if (claimed?.state === 'claimed' && claimed.transactionHash) {
      byTransaction.set(claimed.transactionHash, claimed);
    }
  }

  return {
    ...{ anvil, ground, report, decisions },
    async publish(rawTransaction) {
      await anvil.rpc('eth_sendRawTransaction', [rawTransaction]);
    },
    mine: () => mineBlock(anvil),
    async claimOf(transactionHash) {
      const found = await eventually(() => byTransaction.get(transactionHash));
      return found;
    },
    watcher(options) {
      const lease = dynamoLease({
        ...{ tableName, client: dynamo.client, timeoutMs: PATIENCE_MS },
        name: options.leaseName ?? randomUUID(),
      });
      const watcher = runningWatcher(world, lease, race, options);
      running.add(watcher);
      return watcher;
    },
    async stop() {
      await Promise.all([...running].map((watcher) => watcher.kill()));
      await dynamo.stop();
      await anvil.stop();
    },
  };
}

function worldIn(anvil: Anvil, ground: Ground, ledger: Parameters<typeof worldOf>[2]) {
  const config = Object(boxConfig(ground, ground.multicall3, anvil.url));
  const policy = { ...config.policy, mode: 'dryRun', maxEventAgeMs: 60_000 };
  const network = parseNetworkConfig({ ...config, policy }, 'test');
  const secret = {
    rpcUrl: anvil.url,
    operatorKeys: [ground.accounts.searcherOperator.privateKey],
    relayIdentityKey: id('relay identity'),
  };
  return worldOf(network, parseSecrets(JSON.stringify(secret), 'test'), ledger);
}

/** Prices that open nothing, each different. */
function reportsOf(oracle: OracleNode, startSeconds: number) {
  let reports = 0n;
  return () => {
    reports += 1n;
    return oracle.report('ETH', START_PRICES.ETH + reports, startSeconds + Number(reports));
  };
}

function runningWatcher(
  { chain, protocols, clock }: ReturnType<typeof worldOf>,
  lease: ReturnType<typeof dynamoLease>,
  race: (event: unknown) => Promise<unknown>,
  options: WatcherOptions,
): RunningWatcher {
  const log: string[] = [];
  const killed = new AbortController();
  const self = randomUUID();
  let live = 0;
  const ended = runWatcher(
    {
      shift: {
        ...{ lease, clock, times: TIMES, self, signal: killed.signal },
        remainingMs: options.remainingMs ?? (() => Number.POSITIVE_INFINITY),
        callSuccessor: options.callSuccessor ?? (() => Promise.resolve()),
      },
      ...{
        chain,
        protocols: protocols.map(({ protocol }) => protocol),
        heartbeatMs: options.heartbeatMs ?? HEARTBEAT_MS,
      },
      slotMs: options.slotMs ?? 12_000,
      sources: {
        nodes: options.ports.map((port, index) => ({ name: `node${index}`, url: `ws://127.0.0.1:${port}` })),
        hintStreamUrl: options.hintStreamUrl,
        openNode: (node) =>
          openNodeStream({
            ...node,
            onLive() {
              live += 1;
              node.onLive();
            },
            onDown(reason) {
              live -= 1;
              node.onDown(reason);
            },
          }),
        openEventStream,
      },
      invokeRacer: options.invokeRacer ?? race,
      metrics: { emit: () => undefined },
      log: (what) => log.push(what),
    },
    options.event ?? {},
  );
  return {
    ...{ ended, log },
    async says(pattern) {
      await eventually(() => log.find((line) => pattern.test(line)));
    },
    async hears(sources) {
      await eventually(() => (live === sources ? true : undefined));
    },
    async holdsLease() {
      while ((await lease.read())?.holder !== self) await sleep(10);
    },
    async kill() {
      killed.abort();
      await ended;
    },
  };
}
