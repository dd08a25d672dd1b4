import { setTimeout as sleep } from 'node:timers/promises';

/** How a source that must never end tells how it is. */
export interface ConnectionListener {
  /** It delivers. */
  onLive(): void;
  /** It ended, or could not begin; it is being opened again. Never holds a URL, which may have a key in it. */
  onDown(reason: string): void;
}

/** A connection that is opened again whenever it ends. */
export interface Connection {
  /** Ends it now, as if it had failed: it comes back like any other. */
  drop(reason: string): void;
  /** Ends it for good. */
  stop(): Promise<void>;
}

/**
 * One life of a connection: resolves, or rejects, when it has ended. It ends itself when the signal is aborted,
 * and calls `live` once it delivers.
 */
export type Life = (signal: AbortSignal, live: () => void) => Promise<string>;

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;

/** Pauses grow from life to life that never got to deliver. */
export function stayConnected(life: Life, { onLive, onDown }: ConnectionListener): Connection {
  const stopping = new AbortController();
  let current = new AbortController();
  let failures = 0;

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      current = new AbortController();
      const signal = AbortSignal.any([current.signal, stopping.signal]);
      const reason = await lifeOf(life, signal, () => {
        failures = 0;
        onLive();
      });
      if (stopping.signal.aborted) return;
      onDown(reason);
      await pause(Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS), stopping.signal);
      failures += 1;
    }
  }

  const ended = run();
  return {
    drop: (reason) => current.abort(reason),
    async stop() {
      stopping.abort('stopped');
      await ended;
    },
  };
}

async function lifeOf(life: Life, signal: AbortSignal, live: () => void): Promise<string> {
  try {
    return await life(signal, live);
  } catch (error) {
    if (signal.aborted) return String(signal.reason);
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Calls `onSilence` once nothing was heard for so long. */
export function silenceTimer(ms: number, onSilence: () => void): { heard(): void; stop(): void } {
  let timer = setTimeout(onSilence, ms);
  return {
    heard() {
      clearTimeout(timer);
      timer = setTimeout(onSilence, ms);
    },
    stop: () => clearTimeout(timer),
  };
}
