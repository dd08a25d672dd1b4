import { setTimeout as sleep } from 'node:timers/promises';

/** Longer than anything takes that comes at all, on a busy machine. */
const PATIENCE_MS = 60_000;

/** As soon as there is one. @throws after a minute, and says what did not come */
export async function eventually<T>(
  find: () => T | undefined | Promise<T | undefined>,
  what = 'what was waited for',
): Promise<T> {
  const untilMs = Date.now() + PATIENCE_MS;
  while (Date.now() < untilMs) {
    const found = await find();
    if (found !== undefined) return found;
    await sleep(10);
  }
  throw new Error(`After ${PATIENCE_MS / 1_000} s there was still not ${what}.`);
}
