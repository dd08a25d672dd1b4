import { randomUUID } from 'node:crypto';
import { ConfigError } from '../../lib/errors.ts';
import { type Clock, type DeadLetter, processEvent } from './asynchronous-queue.ts';
import type { FunctionDefinition } from './function-definition.ts';
import { type Invocation, notRun } from './invocation.ts';
import { isNamed, type LambdaFunction, lambdaFunctionsIn } from './lambda-functions.ts';
import type { Endpoints } from './process.ts';
import type { Template } from './template.ts';

export interface LambdaHostOptions {
  readonly template: Template;
  readonly endpoints?: Endpoints;
  /** Hears every log line as it is written. */
  readonly onLog?: (source: string, line: string) => void;
  readonly clock?: Clock;
}

/** One event and what became of it. */
export interface FinishedInvocation {
  /** The function's description, or its logical id. */
  readonly functionName: string;
  readonly event: unknown;
  readonly invocation: Invocation;
}

/** An event that Lambda has accepted; how it ended, comes later. */
export interface AcceptedEvent {
  readonly requestId: string;
  /** Its last attempt: a failure is in the value. */
  readonly finished: Promise<Invocation>;
}

/**
 * Runs the functions of a synthesized template as Lambda would. A function is named as Lambda's API has it, name or
 * ARN, with or without a version or an alias; by its logical id; or by its description, which in our stacks is the
 * path of its source: `functions/on-oracle-update.ts`.
 */
export interface LambdaHost {
  /**
   * Starts what is provisioned, as a deployment does, and resolves when all of it waits for its first event. Where
   * nobody calls this, all start on demand. @throws ConfigError where an environment cannot be initialised
   */
  provision(): Promise<void>;
  /** Whether there is a function of this name. */
  has(functionName: string): boolean;
  /** Synchronous invocation: a failure is in the answer, and so is a throttled call. */
  invoke(functionName: string, event: unknown): Promise<Invocation>;
  /** Asynchronous invocation, with the retries, the age limit and the failure destination of the template. */
  invokeAsync(functionName: string, event: unknown): AcceptedEvent;
  /** Called with every invocation that ends, whoever asked for it. Returns the way to unsubscribe. */
  onFinished(listener: (finished: FinishedInvocation) => void): () => void;
  /** Resolves when every asynchronous event has been dealt with. */
  idle(): Promise<void>;
  /** Events that their functions did not handle, in order. */
  readonly deadLetters: readonly DeadLetter[];
  /** Kills every process of one function, as a machine that dies does; what is running fails. */
  kill(functionName: string): Promise<void>;
  /** Ends every process; what is running fails. */
  stop(): Promise<void>;
}

const MAX_SYNCHRONOUS_BYTES = 6 * 1024 * 1024;
const MAX_ASYNCHRONOUS_BYTES = 1024 * 1024;

/** @throws ConfigError for a template that cannot run here. */
export function startLambdaHost(options: LambdaHostOptions): LambdaHost {
  const { template, clock = systemClock } = options;
  const functions = lambdaFunctionsIn(template, { endpoints: {}, ...options });
  const pools = new Set(functions.map(({ pool }) => pool));
  const stopping = new AbortController();
  const pending = new Set<Promise<unknown>>();
  const deadLetters: DeadLetter[] = [];
  const listeners = new Set<(finished: FinishedInvocation) => void>();

  const tell =
    ({ description, logicalId }: FunctionDefinition, event: unknown) =>
    (invocation: Invocation) => {
      for (const listener of listeners)
        listener({ functionName: description || logicalId, event, invocation });
      return invocation;
    };
  const functionNamed = (name: string): LambdaFunction => {
    const found = functions.find(({ definition }) => isNamed(definition, name));
    if (found) return found;
    const known = new Set(functions.map(({ definition }) => definition.description || definition.logicalId));
    throw new ConfigError(`The template has no function ${name}; it has: ${[...known].join(', ')}.`);
  };

  return {
    deadLetters,
    async provision() {
      await Promise.all([...pools].map((pool) => pool.provision()));
    },
    has: (functionName) => functions.some(({ definition }) => isNamed(definition, functionName)),
    async invoke(functionName, event) {
      const { pool, definition } = functionNamed(functionName);
      const requestId = randomUUID();
      const eventJson = serialize(event, MAX_SYNCHRONOUS_BYTES);
      if (!pool.concurrency.tryAcquire())
        return notRun(requestId, 'TooManyRequestsException', 'Rate Exceeded.');
      const running = pool.run({ requestId, functionArn: definition.arn, eventJson });
      return running.then(tell(definition, event));
    },
    invokeAsync(functionName, event) {
      const requestId = randomUUID();
      const named = functionNamed(functionName);
      const queue = {
        ...named,
        ...{ clock, signal: stopping.signal, onDeadLetter: (letter: DeadLetter) => deadLetters.push(letter) },
      };
      const eventJson = serialize(event, MAX_ASYNCHRONOUS_BYTES);
      const finished = processEvent(queue, requestId, eventJson).then(tell(named.definition, event));
      pending.add(finished);
      return { requestId, finished: finished.finally(() => pending.delete(finished)) };
    },
    onFinished(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async idle() {
      while (pending.size > 0) await Promise.all(pending);
    },
    async kill(functionName) {
      const { definition } = functionNamed(functionName);
      const its = [...pools].filter((pool) => pool.functionName === definition.name);
      await Promise.all(its.map((pool) => pool.kill()));
    },
    async stop() {
      stopping.abort();
      await Promise.all([...pools].map((pool) => pool.stop()));
    },
  };
}

function serialize(event: unknown, maxBytes: number): string {
  const json = JSON.stringify(event) ?? 'null';
  if (Buffer.byteLength(json) <= maxBytes) return json;
  throw new ConfigError(
    `The event is larger than the ${maxBytes} bytes that Lambda takes: send a reference.`,
  );
}

const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      signal.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      });
    }),
};
