import type { Chain } from '../../../lib/chain.ts';
import { ChainError } from '../../../lib/errors.ts';
import { LOST } from '../lossy-dynamo.ts';
import type { Random } from './random.ts';

/** A node that does what it is asked, and of whose answers one in forty gets lost. */
export class LostAnswers {
  readonly #random: Random;
  lost = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  unreliable(chain: Chain): Chain {
    const lossy =
      <A extends unknown[], R>(ask: (...args: A) => Promise<R>) =>
      async (...args: A): Promise<R> => {
        const answer = await ask(...args);
        if (!this.#random.chance(1 / 40)) return answer;
        this.lost += 1;
        throw new ChainError(LOST);
      };
    return {
      ...chain,
      chainId: chain.chainId,
      head: lossy((blockNumber?: number) => chain.head(blockNumber)),
      logs: lossy((filter: Parameters<Chain['logs']>[0]) => chain.logs(filter)),
      readAll: (reads, blockNumber) => lossy(() => chain.readAll(reads, blockNumber))(),
      tryReadAll: (reads, blockNumber) => lossy(() => chain.tryReadAll(reads, blockNumber))(),
    };
  }

  /** Until nothing of it gets lost. */
  static async patiently<T>(ask: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof ChainError) || error.message !== LOST) throw error;
      }
    }
  }
}
