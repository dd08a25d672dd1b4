import type { Clock } from '../../../../lib/adapters/clock.ts';
import type { Relay } from '../../../../lib/adapters/relay.ts';
import type { Chain } from '../../../../lib/chain.ts';
import { ChainError, StoreError } from '../../../../lib/errors.ts';
import type { Ledger } from '../../../../lib/ledger/ledger.ts';
import type { Random } from '../random.ts';

/** The process ended here: nothing after this await happened. */
export class Killed extends Error {}

/**
 * What goes wrong for one process, all of it drawn from its own randomness and in the order in which it makes its
 * calls: the same seed, the same mishaps.
 */
export class Chaos {
  readonly #random: Random;
  readonly #storeFaults: number;
  readonly #lastCall: number;
  /** How far the process's clock is from the chain's. */
  readonly skewMs: number;
  #calls = 0;

  /** @param luck 1: nothing goes wrong but the clock */
  constructor(random: Random, luck = 0) {
    this.#random = random;
    const odds = 1 - luck;
    this.#storeFaults = random.chance(0.3 * odds) ? 0.15 : 0;
    this.#lastCall = random.chance(0.35 * odds) ? random.integer(0, 16) : Number.POSITIVE_INFINITY;
    this.skewMs = random.chance(0.3) ? random.integer(-20_000, 20_000) : 0;
  }

  /** Nothing goes wrong with this one. */
  get isCalm(): boolean {
    return this.#storeFaults === 0 && this.#lastCall === Number.POSITIVE_INFINITY;
  }

  /** A call that may be the last one: it has none of its effects, or all of them and no answer. */
  async step<T>(call: () => Promise<T>): Promise<T> {
    const [number, isLeftOut] = [this.#calls, this.#random.chance(0.5)];
    this.#calls += 1;
    if (number > this.#lastCall || (number === this.#lastCall && isLeftOut)) throw new Killed();
    const result = await call();
    // Whatever answers after the end finds nobody.
    if (this.#calls > this.#lastCall) throw new Killed();
    return result;
  }

  /** A call to DynamoDB: throttled before, or its answer lost after. */
  async store<T>(call: () => Promise<T>): Promise<T> {
    const [isThrottled, isLost] = [this.#faulty(1), this.#faulty(0.5)];
    return this.step(async () => {
      if (isThrottled) throw new StoreError('throttled');
      const result = await call();
      if (isLost) throw new StoreError('answer lost');
      return result;
    });
  }

  /** A call to a node. */
  async node<T>(call: () => Promise<T>): Promise<T> {
    if (this.#faulty(0.5)) throw new ChainError('the node does not answer');
    return this.step(call);
  }

  #faulty(share: number): boolean {
    return this.#random.chance(this.#storeFaults * share);
  }
}

export const skewed = (clock: Clock, { skewMs }: Chaos): Clock => ({ nowMs: () => clock.nowMs() + skewMs });

/** The ledger as one unlucky process meets it: every call that a race or a settlement makes. */
export const unlucky = (ledger: Ledger, chaos: Chaos): Ledger => ({
  ...ledger,
  claim: (fact) => chaos.store(() => ledger.claim(fact)),
  append: (fact) => chaos.store(() => ledger.append(fact)),
  pause: (chainId) => chaos.store(() => ledger.pause(chainId)),
  lease: (lease) => chaos.store(() => ledger.lease(lease)),
  takeStake: (stake, limits) => chaos.store(() => ledger.takeStake(stake, limits)),
  returnStake: (stake, spent) => chaos.store(() => ledger.returnStake(stake, spent)),
  factsOfUpdate: (updateId) => chaos.store(() => ledger.factsOfUpdate(updateId)),
  settleCursor: (chainId) => chaos.store(() => ledger.settleCursor(chainId)),
  advanceSettleCursor: (chainId, block) => chaos.store(() => ledger.advanceSettleCursor(chainId, block)),
  async *plannedSince(chainId, fromBlock, toBlock) {
    for await (const page of ledger.plannedSince(chainId, fromBlock, toBlock))
      yield await chaos.store(async () => page);
  },
});

/** A process that may end between any two of its bundles. */
export const unluckyRelay = (relay: Relay, chaos: Chaos): Relay => ({
  ...relay,
  send: (bundle) => chaos.step(() => relay.send(bundle)),
  cancel: (uuid) => chaos.step(() => relay.cancel(uuid)),
});

export const unluckyNode = (chain: Chain, chaos: Chaos): Chain => ({
  ...chain,
  head: (number) => chaos.node(() => chain.head(number)),
  receipt: (hash) => chaos.node(() => chain.receipt(hash)),
  seal: (number) => chaos.node(() => chain.seal(number)),
});
