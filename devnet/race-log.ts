import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { ChainError } from '../lib/errors.ts';
import type { Hex } from '../lib/hex.ts';
import type { Cloud } from './aws/cloud.ts';
import type { Invocation } from './lambda/invocation.ts';

export const RACER = 'functions/on-oracle-update.ts';
export const WATCHER = 'functions/watch-prices.ts';
/** How long an update may take from where it is seen to the racer's answer. */
const PATIENCE_MS = 20_000;
const SOURCE = 'somebody.else';

/** Follows what the racer is asked, by the watcher or by anybody else, and what it answers. */
export interface RaceLog {
  /** Waits until the racer's market is that of this block. @returns the answer, which may hold races due by time */
  followed(blockNumber: number): Promise<Invocation>;
  /** Waits until so many updates are answered. @returns the answers since the last call */
  answeredAtLeast(count: number): Promise<readonly Invocation[]>;
  /** Sends the event of this transaction again over the bus, which delivers at least once. */
  repeat(rawTransaction: Hex): void;
  stop(): void;
}

const headEvent = v.object({ chainId: v.number(), head: v.object({ number: v.number() }) });
const headAnswer = v.object({ followed: v.number() });

/** @param chainId goes into the events that are repeated */
export function startRaceLog(cloud: Cloud, chainId: number): RaceLog {
  const heads = new Map<number, Invocation>();
  let updates: Invocation[] = [];
  const stop = cloud.lambda.onFinished(({ functionName, event, invocation }) => {
    if (functionName !== RACER) return;
    const answer = v.safeParse(headAnswer, invocation.result);
    const asked = v.safeParse(headEvent, event);
    const isHead = asked.success && !('seenAtMs' in Object(event));
    if (isHead) heads.set(answer.success ? answer.output.followed : asked.output.head.number, invocation);
    else updates.push(invocation);
  });
  return {
    async followed(blockNumber) {
      await until(() => heads.has(blockNumber), `No watcher has told the racer of block ${blockNumber}`);
      const invocation = heads.get(blockNumber);
      if (invocation === undefined) throw new ChainError(`Block ${blockNumber} is gone from the log.`);
      return invocation;
    },
    async answeredAtLeast(count) {
      await until(
        () => updates.length >= count,
        `The racer has answered ${updates.length} of ${count} updates`,
      );
      const answered = updates;
      updates = [];
      return answered;
    },
    repeat(rawTransaction) {
      const Detail = JSON.stringify({ chainId, rawTransaction, seenAtMs: Date.now() });
      cloud.publish([{ Source: SOURCE, DetailType: 'OraclePriceUpdate', Detail }]);
    },
    stop,
  };
}

async function until(condition: () => boolean, otherwise: string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!condition() && Date.now() < deadline) await sleep(5);
  if (!condition())
    throw new ChainError(`${otherwise}: run again with --logs and see what the watcher says.`);
}
