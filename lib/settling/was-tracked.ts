import type { StoreOf } from '../market/begin-book.ts';
import type { ProtocolSource } from '../protocols/protocol.ts';
import type { MissDeps } from './sight.ts';

/**
 * By what is stored of each market's accounts: whoever the snapshot has, or a change since that is older than the
 * block. Without a store, or where the snapshot is newer than the block, it cannot be told.
 */
export function wasTrackedIn(
  protocols: readonly ProtocolSource[],
  storeOf: StoreOf | undefined,
): NonNullable<MissDeps['wasTracked']> {
  return async (id, borrower, blockNumber) => {
    const answers: boolean[] = [];
    for (const source of protocols.filter(({ protocol }) => protocol.id === id)) {
      const { storage } = source.protocol;
      const store = storage && storeOf?.(source);
      const head = await store?.head();
      if (!storage || !store || !head || head.snapshot.block.number >= blockNumber) return undefined;
      const [chunks, deltas] = await Promise.all([store.chunks(head.snapshot), store.deltas(head)]);
      const snapshot = storage.thaw({ blockNumber: head.snapshot.block.number, chunks, deltas: [] });
      const earlier = deltas.filter(({ block }) => block.number < blockNumber);
      answers.push(
        storage.addresses(snapshot).includes(borrower) ||
          earlier.some(({ bytes }) => storage.addressesIn(bytes).includes(borrower)),
      );
    }
    return answers.length === 0 ? undefined : answers.includes(true);
  };
}
