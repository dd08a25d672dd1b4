import { setTimeout as sleep } from 'node:timers/promises';

/** As soon as there is one; a test's own time limit ends it. */
export async function eventually<T>(find: () => T | undefined): Promise<T> {
  for (;;) {
    const found = find();
    if (found !== undefined) return found;
    await sleep(10);
  }
}
