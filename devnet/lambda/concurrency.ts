/** The unreserved concurrency of a new AWS account. */
const DEFAULT_CONCURRENCY = 10;

/** How many events one function, all its versions together, may work on at once. */
export class Concurrency {
  readonly #limit: number;
  readonly #waiting: (() => void)[] = [];
  #taken = 0;

  constructor(limit = DEFAULT_CONCURRENCY) {
    this.#limit = limit;
  }

  /** Takes a place, to be released; false when every place is taken. */
  tryAcquire(): boolean {
    if (this.#taken >= this.#limit) return false;
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
}
