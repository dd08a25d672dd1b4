import { setTimeout as sleep } from 'node:timers/promises';
import { type Transaction, Transaction as TransactionParser } from 'ethers';
import type { Head, Hex } from '../lib/domain.ts';
import { ChainError } from '../lib/errors.ts';
import type { Cloud } from './aws/cloud.ts';
import { type NodeBlock, nextBaseFeeWei, readBlock, readRaw } from './builder/node.ts';
import { watchPending } from './builder/pending.ts';
import type { Anvil } from './chain/anvil.ts';
import type { World } from './chain/world.ts';
import type { Invocation } from './lambda/invocation.ts';

export const RACER = 'functions/on-oracle-update.ts';
/** How long a transaction may take from the node's pool to our event. */
const PATIENCE_MS = 10_000;
const SOURCE = 'liquidator.watcher';

/** Puts every pending transaction to a feed on the event bus, and keeps the racer's market up to date. */
export interface MempoolWatcher {
  /** Tells the racer of the newest head; resolves when its market is there. */
  announceHead(): Promise<Invocation>;
  /** Sends the event of this transaction again, as an at-least-once bus may. */
  repeat(rawTransaction: Hex): void;
  /** Waits until so many events are sent and all are handled. @returns how, since the last call. */
  handledAtLeast(count: number): Promise<readonly Invocation[]>;
  stop(): Promise<void>;
}

export async function startMempoolWatcher(
  anvil: Anvil,
  world: World,
  cloud: Cloud,
  onFault: (fault: unknown) => void,
): Promise<MempoolWatcher> {
  const aggregators = new Set(Object.values(world.feeds).map(({ aggregator }) => aggregator));
  const isOracleCall = ({ to }: Transaction) => to !== null && aggregators.has(to);
  const published = new Set<Hex>();
  let head = eventHead(await readBlock(anvil.rpc, 'latest'));
  let events: Promise<Invocation>[] = [];

  const publish = (rawTransaction: Hex): void => {
    const detail = { chainId: world.chainId, rawTransaction, seenAtMs: Date.now(), head };
    const Detail = JSON.stringify(detail);
    const { accepted } = cloud.publish([{ Source: SOURCE, DetailType: 'OraclePriceUpdate', Detail }]);
    events.push(...accepted.map(({ finished }) => finished));
  };

  const inspect = async (hash: Hex): Promise<void> => {
    if (published.has(hash)) return;
    const raw = await readRaw(anvil.rpc, hash);
    if (raw === undefined || published.has(hash) || !isOracleCall(TransactionParser.from(raw))) return;
    published.add(hash);
    publish(raw);
  };

  const watch = await watchPending(anvil.wsUrl, (hash) => {
    inspect(hash).catch(onFault);
  });
  return {
    async announceHead() {
      head = eventHead(await readBlock(anvil.rpc, 'latest'));
      return cloud.lambda.invoke(RACER, { chainId: world.chainId, head });
    },
    repeat: publish,
    async handledAtLeast(count) {
      const deadline = Date.now() + PATIENCE_MS;
      while (events.length < count && Date.now() < deadline) await sleep(5);
      if (events.length < count)
        throw new ChainError('No oracle transaction seen in the mempool: check the node.');
      const sent = events;
      events = [];
      return Promise.all(sent);
    },
    stop: () => watch.stop(),
  };
}

/** A head as events carry it: JSON has no bigint. */
type EventHead = Omit<Head, 'nextBaseFeeWei'> & { readonly nextBaseFeeWei: string };

const eventHead = (block: NodeBlock): EventHead => ({
  number: block.number,
  hash: block.hash,
  timestampSeconds: block.timestampSeconds,
  nextBaseFeeWei: String(nextBaseFeeWei(block)),
});
