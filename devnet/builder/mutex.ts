/** Runs one piece of work at a time, in the order of asking. */
export type Mutex = <T>(work: () => Promise<T>) => Promise<T>;

export function createMutex(): Mutex {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const run = last.then(work);
    // The next in line waits for our end, whatever it was; our caller hears of a failure through `run`.
    last = run.then(
      () => undefined,
      () => undefined,
    );
    return run;
  };
}
