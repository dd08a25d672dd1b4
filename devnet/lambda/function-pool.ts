import { type EnvironmentOptions, LambdaEnvironment } from './environment.ts';
import { type Invocation, notRun } from './invocation.ts';

/** The unreserved concurrency of a new AWS account. */
const DEFAULT_CONCURRENCY = 10;

/** The environments of one function: reused while warm, started when all are busy, up to its concurrency. */
export class FunctionPool {
  readonly #options: EnvironmentOptions;
  readonly #concurrency: number;
  readonly #idle: LambdaEnvironment[] = [];
  readonly #live = new Set<LambdaEnvironment>();
  readonly #waiting: (() => void)[] = [];
  #taken = 0;
  #stopped = false;

  constructor(options: EnvironmentOptions) {
    this.#options = options;
    this.#concurrency = options.definition.reservedConcurrency ?? DEFAULT_CONCURRENCY;
  }

  /** Takes a place for one `run`, which gives it back; false when every place is taken. */
  tryAcquire(): boolean {
    if (this.#taken >= this.#concurrency) return false;
    this.#taken += 1;
    return true;
  }

  /** As `tryAcquire`, in turn, as soon as there is a place. */
  async acquire(): Promise<void> {
    if (this.tryAcquire()) return;
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  release(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#taken -= 1;
  }

  async run(requestId: string, eventJson: string): Promise<Invocation> {
    try {
      if (this.#stopped) return notRun(requestId, 'Host.Stopped', 'The Lambda host has been stopped.');
      const warm = this.#takeIdle();
      return warm ? await this.#runIn(warm, requestId, eventJson) : await this.#runCold(requestId, eventJson);
    } finally {
      this.release();
    }
  }

  /** Ends every process of this function for good. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.kill();
  }

  /** Ends every process of this function, whatever it is doing; the next invocation starts another. */
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

  async #runCold(requestId: string, eventJson: string): Promise<Invocation> {
    const environment = await LambdaEnvironment.spawn(this.#options);
    this.#live.add(environment);
    const { initMs, error } = await environment.init(requestId);
    if (!error) return { ...(await this.#runIn(environment, requestId, eventJson)), coldStart: true, initMs };
    await environment.kill();
    this.#live.delete(environment);
    return { requestId, error, logs: environment.takeLines(), coldStart: true, initMs, durationMs: 0 };
  }

  async #runIn(environment: LambdaEnvironment, requestId: string, eventJson: string): Promise<Invocation> {
    const { reply, durationMs } = await environment.run(requestId, eventJson);
    if (environment.gone) this.#live.delete(environment);
    else this.#idle.push(environment);
    return { requestId, ...reply, logs: environment.takeLines(), coldStart: false, initMs: 0, durationMs };
  }
}
