import type { Relay } from '../adapters/relay.ts';
import type { Head } from '../block.ts';
import type { Skip } from '../decision.ts';
import type { Bundle, OracleUpdate, Submission } from '../domain.ts';
import type { Address } from '../hex.ts';

/** What this process has sent and no block has decided yet: a newer truth about a feed may take it back. */
export interface Standing {
  /**
   * To all builders at once, in the place of what stood for this feed in these blocks: they replace it by its uuid.
   * One answer for each builder and block; none waits for another. @param promisedWei what their plans leave us
   */
  send(update: OracleUpdate, bundles: readonly Bundle[], promisedWei: bigint): Promise<readonly Submission[]>;
  /** Whose bundles are for blocks after this one. */
  waiting(headBlock: number): readonly Waiting[];
  /**
   * Cancels what stands for this update's feed, unless a newer round put it there: the price went back, or the
   * borrowers are gone. @returns what each relay said, for the record; nothing where nothing stood
   */
  takeBack(update: OracleUpdate, head: Pick<Head, 'number'>): Promise<readonly Skip[]>;
}

/** An update that was bid for, and what the bid would leave us. */
export interface Waiting {
  readonly update: OracleUpdate;
  readonly promisedWei: bigint;
}

interface Sent extends Waiting {
  readonly bundles: readonly Bundle[];
}

export function standingAt(relays: readonly Relay[]): Standing {
  const byFeed = new Map<Address, Sent>();
  return {
    send(update, bundles, promisedWei) {
      byFeed.set(update.aggregator, { update, bundles, promisedWei });
      return Promise.all(
        bundles.flatMap((one) => relays.filter((relay) => relay.takes(one)).map((relay) => relay.send(one))),
      );
    },
    waiting(headBlock) {
      forgetUpTo(byFeed, headBlock);
      return [...byFeed.values()].map(({ update, promisedWei }) => ({ update, promisedWei }));
    },
    async takeBack(update, head) {
      forgetUpTo(byFeed, head.number);
      const stood = byFeed.get(update.aggregator);
      if (stood === undefined || stood.update.epochAndRound > update.epochAndRound) return [];
      byFeed.delete(update.aggregator);
      const answers = await Promise.all(stood.bundles.flatMap((bundle) => cancellations(bundle, relays)));
      return [{ reason: 'takenBack', numbers: { of: stood.update.id, ...Object.fromEntries(answers) } }];
    },
  };
}

const cancellations = (bundle: Bundle, relays: readonly Relay[]): readonly Promise<[string, string]>[] =>
  relays
    .filter((relay) => relay.takes(bundle))
    .map(async (relay): Promise<[string, string]> => {
      const { accepted, error = 'refused' } = await relay.cancel(bundle.replacementUuid);
      return [`${relay.name}, block ${bundle.target.number}`, accepted ? 'accepted' : error];
    });

function forgetUpTo(byFeed: Map<Address, Sent>, headBlock: number): void {
  for (const [feed, { bundles }] of byFeed) {
    if (bundles.every(({ target }) => target.number <= headBlock)) byFeed.delete(feed);
  }
}
