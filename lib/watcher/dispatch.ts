import { keccak256 } from 'ethers';
import pLimit from 'p-limit';
import type { Clock } from '../adapters/clock.ts';
import type { Head } from '../block.ts';
import type { Hex } from '../hex.ts';
import type { Confirmed } from '../oracles/event.ts';
import type { Hint } from '../oracles/hinted-call.ts';

/** Hands what the sources see to the racer: everything once, whichever source saw it first. */
export interface Dispatch {
  pending(
    transaction: { readonly hash: Hex; readonly rawTransaction: Hex },
    source: string,
    seenAtMs: number,
  ): void;
  hint(hint: Hint, source: string, seenAtMs: number): void;
  /** Raced only where it was not seen before it was mined, or the racer failed then. */
  confirmed(log: Confirmed, source: string): void;
  head(head: Head): void;
  /** The newest head that any source has told of. */
  readonly newestHead: Head | undefined;
  /** Announces no more on its own, and resolves when the racer has answered everything. */
  finish(): Promise<void>;
}

export interface DispatchDeps {
  readonly chainId: number;
  readonly clock: Clock;
  readonly slotMs: number;
  readonly invokeRacer: (event: unknown) => Promise<unknown>;
  readonly onAnswer: (kind: 'update' | 'head', source: string, tookMs: number) => void;
  readonly onFault: (what: string) => void;
}

/** After so many the racer takes the head for one of another age. */
const MOST_EMPTY_SLOTS = 5;

/** After a gap there are many at once: they leave the racer room for what is still pending. */
const MOST_CONFIRMED_AT_ONCE = 3;

/** More than any node announces in the time that matters. */
const REMEMBERED = 10_000;

export function dispatchTo(deps: DispatchDeps): Dispatch {
  const { chainId, clock, onFault } = deps;
  /** By transaction or hint hash: whether the racer has answered. */
  const seen = new Map<Hex, Promise<boolean>>();
  const running = new Set<Promise<unknown>>();
  const heads = headAnnouncer(deps, track);
  const inTurn = pLimit(MOST_CONFIRMED_AT_ONCE);

  function track<T>(work: Promise<T>): Promise<T> {
    running.add(work);
    work.finally(() => running.delete(work)).catch(onFault);
    return work;
  }

  function sendOnce(key: Hex, what: object, source: string, seenAtMs: number): void {
    if (!seen.has(key)) remember(key, send(what, source, seenAtMs));
  }

  function remember(key: Hex, answered: Promise<boolean>): void {
    seen.set(key, track(answered));
    if (seen.size > REMEMBERED) for (const oldest of seen.keys()) return void seen.delete(oldest);
  }

  async function send(what: object, source: string, seenAtMs: number): Promise<boolean> {
    const head = heads.newest && headOfEvent(heads.newest);
    try {
      await deps.invokeRacer({ ...what, chainId, source, seenAtMs, head });
      deps.onAnswer('update', source, clock.nowMs() - seenAtMs);
      return true;
    } catch (error) {
      onFault(String(error));
      return false;
    }
  }

  return {
    pending({ hash, rawTransaction }, source, seenAtMs) {
      // Builders announce even private transactions as they seal them.
      if (!seen.has(eventHash(hash))) sendOnce(hash, { rawTransaction }, source, seenAtMs);
    },
    hint: (hint, source, seenAtMs) => sendOnce(hint.hash, { hint }, source, seenAtMs),
    confirmed(log, source) {
      const key = `${log.transactionHash}@${log.blockNumber}`;
      if (seen.has(key)) return;
      const seenAtMs = clock.nowMs();
      const earlier = [log.transactionHash, eventHash(log.transactionHash)].map((hash) => seen.get(hash));
      const answered = Promise.all(earlier).then(
        (answers) => answers.includes(true) || inTurn(() => send({ confirmed: log }, source, seenAtMs)),
      );
      remember(key, answered);
    },
    head: heads.announce,
    get newestHead() {
      return heads.newest;
    },
    async finish() {
      heads.stop();
      while (running.size > 0) await Promise.allSettled(running);
    },
  };
}

/** What MEV-Share calls a transaction of this hash. */
const eventHash = (transactionHash: Hex): Hex => keccak256(transactionHash);

/**
 * One announcement at a time; of heads that come meanwhile only the newest matters. A head that nothing follows is
 * announced again for each slot that stays empty: what falls due by time alone does not wait for a block.
 */
function headAnnouncer(
  { chainId, clock, slotMs, invokeRacer, onAnswer, onFault }: DispatchDeps,
  track: <T>(work: Promise<T>) => Promise<T>,
) {
  let newest: Head | undefined;
  let announced: Head | undefined;
  let isBusy = false;
  let overdue: NodeJS.Timeout | undefined;

  /** Half a slot late, a block does not come; then each slot anew, as long as its empty slots are counted. */
  function watchFor(emptySlots: number): void {
    clearTimeout(overdue);
    overdue = setTimeout(
      () => {
        announced = undefined;
        begin();
        if (emptySlots < MOST_EMPTY_SLOTS) watchFor(emptySlots + 1);
      },
      emptySlots === 1 ? 1.5 * slotMs : slotMs,
    );
  }

  function begin(): void {
    if (!isBusy) track(announceAll()).catch(onFault);
  }

  async function announceAll(): Promise<void> {
    isBusy = true;
    while (newest !== undefined && newest !== announced) {
      announced = newest;
      const startedMs = clock.nowMs();
      try {
        await invokeRacer({ chainId, head: headOfEvent(newest) });
        onAnswer('head', 'head', clock.nowMs() - startedMs);
      } catch (error) {
        onFault(String(error));
      }
    }
    isBusy = false;
  }

  return {
    get newest() {
      return newest;
    },
    announce(head: Head) {
      if (newest !== undefined && head.number <= newest.number && !isReplaced(newest, head)) return;
      newest = { ...head, seenAtMs: clock.nowMs() };
      watchFor(1);
      begin();
    },
    stop: () => clearTimeout(overdue),
  };
}

/** Another block of the same height: the chain was reorganised. */
const isReplaced = (newest: Head, head: Head): boolean =>
  head.number === newest.number && head.hash !== newest.hash;

/** JSON has no bigint. */
const headOfEvent = ({ nextBaseFeeWei, gasLimit, ...head }: Head) => ({
  ...head,
  nextBaseFeeWei: nextBaseFeeWei.toString(),
  ...(gasLimit === undefined ? {} : { gasLimit: Number(gasLimit) }),
});
