import type { FunctionDefinition } from './function-definition.ts';
import type { FunctionPool } from './function-pool.ts';
import { type Invocation, notRun } from './invocation.ts';

/** Time as the queue sees it, so that a test need not wait minutes. */
export interface Clock {
  now(): number;
  /** Resolves early when aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export interface QueueOptions {
  readonly definition: FunctionDefinition;
  readonly pool: FunctionPool;
  readonly clock: Clock;
  /** Once aborted, nothing is retried. */
  readonly signal: AbortSignal;
  readonly onDeadLetter: (letter: DeadLetter) => void;
}

/** An event that the function did not handle, as its failure destination gets it. */
export interface DeadLetter {
  /** ARN; `undefined` where the function has none, and the event is lost. */
  readonly destination: string | undefined;
  readonly condition: 'RetriesExhausted' | 'EventAgeExceeded' | 'ZeroReservedConcurrency';
  readonly functionArn: string;
  readonly attempts: number;
  readonly event: unknown;
  /** How the last attempt ended, or why there was none. */
  readonly invocation: Invocation;
}

/** Before the first and the second retry: docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html */
const RETRY_DELAYS_MS = [60_000, 120_000];

/**
 * Lambda's asynchronous invocation: the event waits for a free environment, is retried as the function's policy
 * says, and is put aside when that failed or it grew too old.
 * @returns the last attempt, however it ended.
 */
export async function processEvent(
  options: QueueOptions,
  requestId: string,
  eventJson: string,
): Promise<Invocation> {
  const { definition, pool, clock, signal } = options;
  const { maximumEventAgeMs, maximumRetryAttempts } = definition.asynchronous;
  const acceptedAt = clock.now();
  const putAside = (condition: DeadLetter['condition'], attempts: number, invocation: Invocation) =>
    setAside(options, { condition, attempts, event: JSON.parse(eventJson), invocation });

  if (definition.reservedConcurrency === 0) {
    const stopped = notRun(requestId, 'TooManyRequestsException', 'Its reserved concurrency is 0.');
    return putAside('ZeroReservedConcurrency', 0, stopped);
  }
  let invocation = notRun(requestId, 'EventAgeExceeded', 'It grew too old before an environment was free.');
  for (let attempts = 0; ; ) {
    await pool.concurrency.acquire();
    if (clock.now() - acceptedAt > maximumEventAgeMs) {
      pool.concurrency.release();
      return putAside('EventAgeExceeded', attempts, invocation);
    }
    invocation = await pool.run({ requestId, functionArn: definition.arn, eventJson });
    attempts += 1;
    if (!invocation.error || signal.aborted) return invocation;
    if (attempts > maximumRetryAttempts) return putAside('RetriesExhausted', attempts, invocation);
    await clock.sleep(RETRY_DELAYS_MS[attempts - 1] ?? 0, signal);
  }
}

function setAside(
  { definition, onDeadLetter }: QueueOptions,
  letter: Omit<DeadLetter, 'destination' | 'functionArn'>,
): Invocation {
  onDeadLetter({ ...letter, destination: definition.asynchronous.onFailure, functionArn: definition.arn });
  return letter.invocation;
}
