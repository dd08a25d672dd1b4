import type { WatchlistHead, WatchlistStore } from '../watchlist-store.ts';

/**
 * A store from which everything that a book begins with is being read already.
 * @returns the store as one of its users sees it: whoever asks for the head is first given what was read early
 */
export function earlyStore(store: WatchlistStore): () => WatchlistStore {
  const head = begun(() => store.head());
  const ofHead = <T>(read: (head: WatchlistHead) => Promise<readonly T[]>) =>
    begun(async () => {
      const found = await head;
      return found ? read(found) : [];
    });
  const chunks = ofHead(({ snapshot }) => store.chunks(snapshot));
  const deltas = ofHead((found) => store.deltas(found));
  return () => ({
    ...store,
    head: firstGiven(head, () => store.head()),
    // What follows from another head is read anew.
    chunks: async (snapshot) => ((await head)?.snapshot === snapshot ? chunks : store.chunks(snapshot)),
    deltas: async (asked) => ((await head) === asked ? deltas : store.deltas(asked)),
  });
}

/** A failure is for whoever asks; until then nobody does. */
export function begun<T>(read: () => Promise<T>): Promise<T> {
  const reading = read();
  reading.catch(() => undefined);
  return reading;
}

export function firstGiven<T>(first: Promise<T>, read: () => Promise<T>): () => Promise<T> {
  let isGiven = false;
  return () => {
    if (isGiven) return read();
    isGiven = true;
    return first;
  };
}
