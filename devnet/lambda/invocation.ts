import type { InvocationError } from './runtime-api.ts';

/** What became of one event. */
export interface Invocation {
  readonly requestId: string;
  /** What the handler returned; absent where there is an error. */
  readonly result?: unknown;
  readonly error?: InvocationError;
  readonly logs: readonly string[];
  readonly coldStart: boolean;
  /** From spawning the process to its first request for an event; 0 when warm. */
  readonly initMs: number;
  /** From handing over the event to its answer, without init. */
  readonly durationMs: number;
}

/** An invocation that reached no environment. */
export function notRun(requestId: string, errorType: string, errorMessage: string): Invocation {
  const error = { errorType, errorMessage };
  return { requestId, error, logs: [], coldStart: false, initMs: 0, durationMs: 0 };
}
