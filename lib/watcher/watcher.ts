import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import type { Metrics } from '../adapters/metrics.ts';
import type { Chain } from '../chain.ts';
import { EventError } from '../errors.ts';
import type { Protocol } from '../protocols/protocol.ts';
import { dispatchTo } from './dispatch.ts';
import { watchedFeeds } from './feeds.ts';
import {
  keepWatch,
  otherWatcher,
  type Shift,
  type ShiftEnd,
  type SuccessorEvent,
  takeLease,
} from './shift.ts';
import { type Sources, startWatch, type Watch } from './watch.ts';

export interface WatcherDeps {
  readonly shift: Shift;
  readonly chain: Chain;
  readonly protocols: readonly Protocol[];
  readonly sources: Sources;
  readonly invokeRacer: (event: unknown) => Promise<unknown>;
  readonly metrics: Metrics;
  readonly log: (what: string) => void;
  /** So often each node is asked whether it is there. */
  readonly heartbeatMs: number;
  readonly slotMs: number;
}

export type WatcherAnswer =
  | { readonly watched: false; readonly by: string }
  | { readonly watched: true; readonly end: ShiftEnd };

/** How long sources may take to begin before the lease is taken all the same. */
const BEGIN_MS = 5_000;
/** What nobody heard is raced when it is found, if it is not older than this. */
const MAX_UNHEARD_BLOCKS = 50;
const METRICS_MS = 60_000;

/** One watcher from its start to its relief. Two at once do no harm: the racer's claim decides who was first. */
export async function runWatcher(deps: WatcherDeps, event: unknown): Promise<WatcherAnswer> {
  const { shift, chain, protocols, log } = deps;
  const takeOverFrom = parseWatchEvent(event)?.takeOverFrom;
  const { other, previous } = await otherWatcher(shift, takeOverFrom);
  if (other !== undefined) return { watched: false, by: other.holder };

  const counts = counters(deps.metrics);
  const fault = (what: string) => {
    counts.add('faults');
    log(what);
  };
  const feeds = await watchedFeeds(chain, protocols);
  const dispatch = dispatchTo({
    ...{ chainId: chain.chainId, clock: shift.clock, slotMs: deps.slotMs },
    ...{ invokeRacer: deps.invokeRacer, onFault: fault },
    onAnswer: (kind) => counts.add(`${kind}s`),
  });
  const oldest = feeds.readAtBlock - MAX_UNHEARD_BLOCKS;
  const unheardFromBlock = previous && Math.max(previous.seenBlock, oldest);
  const watch = startWatch({
    ...{ sources: deps.sources, feeds, dispatch, clock: shift.clock, heartbeatMs: deps.heartbeatMs },
    ...{ unheardFromBlock, onFault: fault },
  });
  const seenBlock = () => dispatch.newestHead?.number ?? unheardFromBlock ?? feeds.readAtBlock;
  const heartbeat = setInterval(() => counts.flush(watch), METRICS_MS);
  try {
    await Promise.race([watch.begun, sleep(BEGIN_MS)]);
    counts.flush(watch);
    const lease = await takeLease(shift, takeOverFrom, seenBlock());
    if (lease === undefined) return { watched: false, by: 'another watcher that was faster' };
    return { watched: true, end: await keepWatch(shift, lease, seenBlock, fault) };
  } finally {
    clearInterval(heartbeat);
    await watch.stop();
    await dispatch.finish();
    counts.flush(watch);
  }
}

const successorEvent = v.object({ takeOverFrom: v.pipe(v.string(), v.minLength(1)) });

/** A schedule's event, or a predecessor's. */
function parseWatchEvent(event: unknown): SuccessorEvent | undefined {
  if (typeof event !== 'object' || event === null || !('takeOverFrom' in event)) return undefined;
  const parsed = v.safeParse(successorEvent, event);
  if (parsed.success) return parsed.output;
  throw new EventError(
    'takeOverFrom must name a watcher. Start one by its schedule, or with an empty event.',
  );
}

function counters(metrics: Metrics) {
  let counts: Record<string, number> = {};
  return {
    add(name: string) {
      counts[name] = (counts[name] ?? 0) + 1;
    },
    /** `Watching` is the heartbeat: its absence is an alarm. */
    flush({ live }: Watch) {
      const { updates = 0, heads = 0, faults = 0 } = counts;
      counts = {};
      metrics.emit({ Watching: 1, SourcesLive: live.size, Updates: updates, Heads: heads, Faults: faults });
    },
  };
}
