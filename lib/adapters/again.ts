import { setTimeout as sleep } from 'node:timers/promises';

export interface Patience {
  /** So long after an attempt that came to nothing comes the next one; then twice as long, and so on to the most. */
  readonly pauseMs: number;
  readonly mostPauseMs: number;
  /** No attempt begins later than this after the first. */
  readonly forMs: number;
  /** Whether another attempt may do better. */
  readonly mayPass: (fault: unknown) => boolean;
}

/** The first result, or the fault that ended it. @param attempt what may be done twice without harm */
export async function again<T>(
  attempt: () => Promise<T>,
  { pauseMs, mostPauseMs, forMs, mayPass }: Patience,
): Promise<T> {
  const untilMs = Date.now() + forMs;
  for (let waitMs = pauseMs; ; waitMs = Math.min(2 * waitMs, mostPauseMs)) {
    try {
      return await attempt();
    } catch (fault) {
      if (!mayPass(fault) || Date.now() + waitMs > untilMs) throw fault;
    }
    await sleep(waitMs);
  }
}
