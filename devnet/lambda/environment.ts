import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { FunctionDefinition } from './function-definition.ts';
import { type Endpoints, type Initialization, type RuntimeProcess, spawnRuntime } from './process.ts';
import { type Delivery, type InvocationError, type Reply, RuntimeApi } from './runtime-api.ts';

/** What an environment needs to exist. */
export interface EnvironmentOptions {
  readonly definition: FunctionDefinition;
  readonly endpoints: Endpoints;
  readonly onLine: (line: string) => void;
  /** Whether it is started for an event that waits, or ahead of all. */
  readonly initialization: Initialization;
}

/** What one invocation brings; the environment adds its deadline. */
export type Event = Omit<Delivery, 'deadlineMs'>;

/** docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html: how long a runtime may take to come up. */
const INIT_LIMIT_MS = 10_000;
const PROVISIONED_INIT_LIMIT_MS = 130_000;

/**
 * One execution environment: one process behind one Runtime API, for one invocation at a time. Once it has timed
 * out or exited it is gone, and the next invocation needs another.
 */
export class LambdaEnvironment {
  readonly #options: EnvironmentOptions;
  readonly #api: RuntimeApi;
  readonly #process: RuntimeProcess;
  /** Resolves when the process has ended and all its output has been read. */
  readonly #closed: Promise<undefined>;
  readonly #spawnedAt = performance.now();
  #lines: string[] = [];
  #endLine = Promise.withResolvers<void>();
  #timedOutAfterMs: number | undefined;
  #gone = false;

  static async spawn(options: EnvironmentOptions): Promise<LambdaEnvironment> {
    return new LambdaEnvironment(options, await RuntimeApi.start());
  }

  private constructor(options: EnvironmentOptions, api: RuntimeApi) {
    this.#options = options;
    this.#api = api;
    this.#process = spawnRuntime({ ...options, runtimeApiHost: api.host });
    this.#readLines(this.#process.stdout);
    this.#readLines(this.#process.stderr);
    this.#closed = this.#end();
  }

  get gone(): boolean {
    return this.#gone;
  }

  /** Waits until the function's module has been loaded. */
  async init(requestId: string): Promise<{ readonly initMs: number; readonly error?: InvocationError }> {
    const parked = await this.#within(
      this.#initLimitMs(),
      this.#api.parked().then(() => true),
    );
    const initMs = performance.now() - this.#spawnedAt;
    return parked ? { initMs } : { initMs, error: this.#api.initError ?? this.#exitError(requestId) };
  }

  async run(event: Event): Promise<{ readonly reply: Reply; readonly durationMs: number }> {
    const { timeoutMs } = this.#options.definition;
    const startedAt = performance.now();
    const delivery = { ...event, deadlineMs: Date.now() + timeoutMs };
    const reply = await this.#within(timeoutMs, this.#api.exchange(delivery));
    const durationMs = performance.now() - startedAt;
    await this.#within(timeoutMs, Promise.all([this.#api.parked(), this.#endLine.promise]));
    this.#endLine = Promise.withResolvers();
    return { reply: reply ?? { error: this.#exitError(event.requestId) }, durationMs };
  }

  /** The log lines since this was last asked. */
  takeLines(): readonly string[] {
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }

  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#closed;
  }

  #initLimitMs(): number {
    const { initialization, definition } = this.#options;
    return initialization === 'on-demand'
      ? INIT_LIMIT_MS
      : Math.max(PROVISIONED_INIT_LIMIT_MS, definition.timeoutMs);
  }

  /** The work's result, or `undefined` when the process has gone: by itself, or killed at the limit. */
  async #within<T>(limitMs: number, work: Promise<T>): Promise<T | undefined> {
    const timer = setTimeout(() => {
      this.#timedOutAfterMs = limitMs;
      this.#process.kill('SIGKILL');
    }, limitMs);
    const result = await Promise.race([work, this.#closed]);
    clearTimeout(timer);
    return result;
  }

  #readLines(output: Readable): void {
    createInterface({ input: output }).on('line', (line) => {
      if (line.startsWith('END RequestId: ')) return this.#endLine.resolve();
      this.#lines.push(line);
      this.#options.onLine(line);
    });
  }

  async #end(): Promise<undefined> {
    await new Promise<void>((resolve) => {
      this.#process.once('close', () => resolve());
      // Where the process could not even be spawned, this says why; `close` follows.
      this.#process.once('error', (error) => this.#lines.push(String(error)));
    });
    this.#gone = true;
    await this.#api.close();
  }

  /** In Lambda's own words. */
  #exitError(requestId: string): InvocationError {
    if (this.#timedOutAfterMs !== undefined) {
      const seconds = (this.#timedOutAfterMs / 1000).toFixed(2);
      const errorMessage = `RequestId: ${requestId} Error: Task timed out after ${seconds} seconds`;
      return { errorType: 'Sandbox.Timedout', errorMessage };
    }
    const { exitCode, signalCode } = this.#process;
    const how = signalCode ? `signal: ${signalCode}` : `exit status ${exitCode}`;
    const errorMessage = `RequestId: ${requestId} Error: Runtime exited with error: ${how}`;
    return { errorType: 'Runtime.ExitError', errorMessage };
  }
}
