import { ConfigError } from '../../lib/errors.ts';
import type { Concurrency } from './concurrency.ts';
import { type EnvironmentOptions, type Event, LambdaEnvironment } from './environment.ts';
import { type Invocation, notRun } from './invocation.ts';

export interface PoolOptions extends Omit<EnvironmentOptions, 'initialization'> {
  /** The function's, which all its versions share. */
  readonly concurrency: Concurrency;
  /** How many environments `provision` starts. */
  readonly provisioned: number;
}

/** The environments of one version of a function: reused while warm, started when all are busy. */
export class FunctionPool {
  readonly #options: PoolOptions;
  readonly #idle: LambdaEnvironment[] = [];
  readonly #live = new Set<LambdaEnvironment>();
  #stopped = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** Of the whole function: whoever calls `run` has taken a place of it, which `run` gives back. */
  get concurrency(): Concurrency {
    return this.#options.concurrency;
  }

  get functionName(): string {
    return this.#options.definition.name;
  }

  /**
   * Starts what is provisioned, once. One of them that dies is not replaced here: the next is started on demand.
   * @throws ConfigError as a deployment would fail, when one cannot be initialised
   */
  async provision(): Promise<void> {
    const { provisioned } = this.#options;
    await Promise.all(Array.from({ length: provisioned }, () => this.#provisionOne()));
  }

  async run(event: Event): Promise<Invocation> {
    try {
      if (this.#stopped) return notRun(event.requestId, 'Host.Stopped', 'The Lambda host has been stopped.');
      const warm = this.#takeIdle();
      return warm ? await this.#runIn(warm, event) : await this.#runCold(event);
    } finally {
      this.concurrency.release();
    }
  }

  /** Ends every process of this version for good. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.kill();
  }

  /** Ends every process of this version, whatever it is doing; the next invocation starts another. */
  async kill(): Promise<void> {
    await Promise.all([...this.#live].map((environment) => environment.kill()));
  }

  /** The one used last; one that has died in the meantime is no use. */
  #takeIdle(): LambdaEnvironment | undefined {
    const environment = this.#idle.pop();
    if (!environment?.gone) return environment;
    this.#live.delete(environment);
    return this.#takeIdle();
  }

  async #provisionOne(): Promise<void> {
    const environment = await this.#spawn('provisioned-concurrency');
    const { error } = await environment.init('provisioning');
    if (error === undefined) {
      environment.takeLines();
      this.#idle.push(environment);
      return;
    }
    await this.#end(environment);
    const { name, version } = this.#options.definition;
    throw new ConfigError(
      `Version ${version} of ${name} cannot be initialised ahead of its events, and its deployment would fail: ` +
        `${error.errorType}: ${error.errorMessage}`,
    );
  }

  async #runCold(event: Event): Promise<Invocation> {
    const { requestId } = event;
    const environment = await this.#spawn('on-demand');
    const { initMs, error } = await environment.init(requestId);
    if (!error) return { ...(await this.#runIn(environment, event)), coldStart: true, initMs };
    await this.#end(environment);
    return { requestId, error, logs: environment.takeLines(), coldStart: true, initMs, durationMs: 0 };
  }

  async #spawn(initialization: EnvironmentOptions['initialization']): Promise<LambdaEnvironment> {
    const environment = await LambdaEnvironment.spawn({ ...this.#options, initialization });
    this.#live.add(environment);
    return environment;
  }

  async #end(environment: LambdaEnvironment): Promise<void> {
    await environment.kill();
    this.#live.delete(environment);
  }

  async #runIn(environment: LambdaEnvironment, event: Event): Promise<Invocation> {
    const { reply, durationMs } = await environment.run(event);
    if (environment.gone) this.#live.delete(environment);
    else this.#idle.push(environment);
    const logs = environment.takeLines();
    return { requestId: event.requestId, ...reply, logs, coldStart: false, initMs: 0, durationMs };
  }
}
