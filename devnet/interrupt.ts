import { once } from 'node:events';

/** Resolves at Ctrl-C or at a polite kill. */
export async function untilInterrupted(print: (line: string) => void): Promise<void> {
  print('The box keeps running; Ctrl-C stops it.');
  const stopping = new AbortController();
  const { signal } = stopping;
  await Promise.race([once(process, 'SIGINT', { signal }), once(process, 'SIGTERM', { signal })]);
  stopping.abort();
}
