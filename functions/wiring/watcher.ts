import { randomUUID } from 'node:crypto';
import type { Context } from 'aws-lambda';
import { type LambdaFunction, lambdaFunction } from '../../lib/adapters/lambda.ts';
import { dynamoLease } from '../../lib/adapters/lease.ts';
import type { Config } from '../../lib/config.ts';
import { SHIFT_TIMES } from '../../lib/watcher/shift.ts';
import type { WatcherDeps } from '../../lib/watcher/watcher.ts';
import { passingHeads } from './passing-heads.ts';
import { sourcesIn } from './sources.ts';
import type { World } from './world.ts';

const HEARTBEAT_MS = 3_000;
/** A race takes less; one that takes longer is lost, and must not hold back the next. */
export const RACER_TIMEOUT_MS = 20_000;

/** What the watching Lambda adds: nodes that tell of pending transactions, a lease, and the racer's number. */
export function watcherIn(
  world: World,
  { tableName }: Config,
  racers: LambdaFunction,
  context: Context,
): WatcherDeps {
  const { network, chain, protocols, clock, metrics, redact } = world;
  const self = lambdaFunction(context.functionName, RACER_TIMEOUT_MS);
  const log = (line: string) => console.warn(redact(line));
  return {
    shift: {
      ...{ clock, times: SHIFT_TIMES, self: randomUUID() },
      lease: dynamoLease({ tableName, name: `watcher#${network.chainId}` }),
      remainingMs: () => context.getRemainingTimeInMillis(),
      callSuccessor: (event) => self.start(event),
    },
    ...{ chain, protocols: protocols.map(({ protocol }) => protocol), heartbeatMs: HEARTBEAT_MS },
    slotMs: network.secondsPerSlot * 1_000,
    sources: sourcesIn(world),
    invokeRacer: passingHeads(racers.invoke, log),
    ...{ metrics, log },
  };
}
