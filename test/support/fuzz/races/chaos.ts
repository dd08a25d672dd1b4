import { StoreError } from '../../../../lib/errors.ts';
import type { Ledger } from '../../../../lib/ledger/ledger.ts';
import type { Random } from '../random.ts';

/** The process ended here: nothing after this await happened. */
export class Killed extends Error {}

/** What goes wrong in one race, drawn anew for each. */
export class Chaos {
  readonly #random: Random;
  readonly #storeFaults: number;
  #callsToLive: number;

  constructor(random: Random) {
    this.#random = random;
    this.#storeFaults = random.chance(0.3) ? 0.15 : 0;
    this.#callsToLive = random.chance(0.3) ? random.integer(0, 14) : Number.POSITIVE_INFINITY;
  }

  /** A call that may be the last one, before or after its effect. */
  async step<T>(call: () => Promise<T>): Promise<T> {
    this.#callsToLive -= 1;
    if (this.#callsToLive < 0) throw new Killed();
    const result = await call();
    if (this.#callsToLive === 0) throw new Killed();
    return result;
  }

  /** A call to DynamoDB: throttled before, or its answer lost after. */
  async store<T>(call: () => Promise<T>): Promise<T> {
    return this.step(async () => {
      if (this.#random.chance(this.#storeFaults)) throw new StoreError('throttled');
      const result = await call();
      if (this.#random.chance(this.#storeFaults / 2)) throw new StoreError('answer lost');
      return result;
    });
  }
}

/** The ledger as one unlucky process meets it. */
export const unlucky = (ledger: Ledger, chaos: Chaos): Ledger => ({
  ...ledger,
  claim: (fact) => chaos.store(() => ledger.claim(fact)),
  append: (fact) => chaos.store(() => ledger.append(fact)),
  pause: (chainId) => chaos.store(() => ledger.pause(chainId)),
  lease: (lease) => chaos.store(() => ledger.lease(lease)),
  takeStake: (stake, limits) => chaos.store(() => ledger.takeStake(stake, limits)),
  returnStake: (stake, spent) => chaos.store(() => ledger.returnStake(stake, spent)),
});
