import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../adapters/clock.ts';
import type { Lease, LeaseStore } from '../adapters/lease.ts';

/** How long things take in a watcher's life; all shorter in tests. */
export interface ShiftTimes {
  /** A watcher that does not renew for so long is taken for dead. */
  readonly leaseMs: number;
  readonly renewMs: number;
  /** So long before its own end a watcher calls its successor, and calls again while none takes over. */
  readonly handOverMs: number;
  readonly callAgainMs: number;
  /** At the latest so long before its own end it leaves. */
  readonly leaveMs: number;
  readonly tickMs: number;
}

export const SHIFT_TIMES: ShiftTimes = {
  leaseMs: 30_000,
  renewMs: 10_000,
  handOverMs: 60_000,
  callAgainMs: 20_000,
  leaveMs: 5_000,
  tickMs: 500,
};

/** One invocation's part in the watch. */
export interface Shift {
  readonly lease: LeaseStore;
  readonly clock: Clock;
  readonly times: ShiftTimes;
  /** This invocation's own name. */
  readonly self: string;
  /** Until Lambda ends this invocation. */
  readonly remainingMs: () => number;
  /** Starts an invocation that takes over from this one. */
  readonly callSuccessor: (event: SuccessorEvent) => Promise<void>;
  /** Ends the watch early. */
  readonly signal?: AbortSignal;
}

/** What a watcher tells its successor. */
export interface SuccessorEvent {
  readonly takeOverFrom: string;
}

/** The lease of whoever watches while we need not; `undefined` when it is ours to take. */
export async function otherWatcher(
  { lease, clock }: Pick<Shift, 'lease' | 'clock'>,
  takeOverFrom: string | undefined,
): Promise<{ readonly other?: Lease; readonly previous: Lease | undefined }> {
  const previous = await lease.read();
  const isFree = previous === undefined || previous.untilMs <= clock.nowMs();
  return isFree || previous.holder === takeOverFrom ? { previous } : { other: previous, previous };
}

/** Takes the lease from a watcher that called us, or that is dead. It may renew while we try. */
export async function takeLease(
  shift: Shift,
  takeOverFrom: string | undefined,
  seenBlock: number,
): Promise<Lease | undefined> {
  const { lease, clock, times, self } = shift;
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const { other, previous } = await otherWatcher(shift, takeOverFrom);
    if (other !== undefined) return undefined;
    const untilMs = clock.nowMs() + times.leaseMs;
    const taken = await lease.replace(previous, { holder: self, untilMs, seenBlock });
    if (taken !== undefined) return taken;
  }
  return undefined;
}

export type ShiftEnd = 'relieved' | 'endOfTime' | 'stopped';

/**
 * Keeps the lease until a successor has it, or time is up. A store that does not answer does not end the watch:
 * two watchers do no harm, none does.
 *
 * @param seenBlock up to where the sources have heard what happened
 */
export async function keepWatch(
  shift: Shift,
  taken: Lease,
  seenBlock: () => number,
  onFault: (what: string) => void,
): Promise<ShiftEnd> {
  const { times, remainingMs, signal } = shift;
  const tenure = tenureOf(shift, taken, seenBlock, onFault);
  while (!signal?.aborted && remainingMs() > times.leaveMs) {
    if ((await tenure.isHandedOver()) || !(await tenure.isRenewed())) return 'relieved';
    await sleep(times.tickMs);
  }
  if (signal?.aborted) return 'stopped';
  await tenure.release();
  return 'endOfTime';
}

/** The lease in our hands. */
function tenureOf(shift: Shift, taken: Lease, seenBlock: () => number, onFault: (what: string) => void) {
  const { lease, clock, times, self, remainingMs, callSuccessor } = shift;
  let held = taken;
  let renewAtMs = clock.nowMs() + times.renewMs;
  let callAtMs = 0;

  async function orFault<T>(work: Promise<T>, otherwise: T): Promise<T> {
    try {
      return await work;
    } catch (error) {
      onFault(String(error));
      return otherwise;
    }
  }

  const write = (untilMs: number) => lease.replace(held, { holder: self, untilMs, seenBlock: seenBlock() });

  return {
    /** Calls the successor when it is time, and looks whether it has come. */
    async isHandedOver(): Promise<boolean> {
      if (remainingMs() > times.handOverMs) return false;
      if (clock.nowMs() >= callAtMs) {
        callAtMs = clock.nowMs() + times.callAgainMs;
        await orFault(callSuccessor({ takeOverFrom: self }), undefined);
      }
      return (await orFault(lease.read(), held))?.holder !== self;
    },
    /** Whether the lease is still ours. */
    async isRenewed(): Promise<boolean> {
      const now = clock.nowMs();
      if (now < renewAtMs) return true;
      renewAtMs = now + times.renewMs;
      const renewed = await orFault(write(now + times.leaseMs), held);
      held = renewed ?? held;
      return renewed !== undefined;
    },
    /** Whoever looks next need not wait until the lease has run out. */
    async release(): Promise<void> {
      await orFault(write(0), undefined);
    },
  };
}
