import type { Address } from '../hex.ts';
import type { Book } from '../protocols/book.ts';
import type { BookStorage } from '../protocols/book-storage.ts';
import type { OwedRows, WatchlistStore } from '../watchlist-store.ts';

interface RowsDeps {
  readonly storage: BookStorage;
  readonly store: Pick<WatchlistStore, 'delta' | 'accounts' | 'putAccounts'>;
}

/**
 * Writes the rows of all accounts that the owed deltas name, as they are in this book, of this head. Done twice it
 * is done once; begun and not ended, the head still says what is owed.
 */
export async function payRows(deps: RowsDeps, owed: OwedRows, book: Book, version: number): Promise<void> {
  const { storage, store } = deps;
  const addresses = owed.everybody ? await readEverybody(deps, book) : await readNamed(deps, owed);
  await store.putAccounts(
    addresses.map((address) => ({
      ...{ address, version, blockNumber: book.blockNumber },
      bytes: storage.freezeAccounts(book, [address]),
    })),
  );
}

/** Those who owe, and those of whom a row says that they did. */
async function readEverybody({ storage, store }: RowsDeps, book: Book): Promise<readonly Address[]> {
  const rows = await store.accounts();
  return [...new Set([...storage.addresses(book), ...rows.map(({ address }) => address)])];
}

/** A delta that was never written changed nothing. */
async function readNamed({ storage, store }: RowsDeps, { deltas }: OwedRows): Promise<readonly Address[]> {
  const found = await Promise.all(deltas.map((block) => store.delta(block)));
  return [...new Set(found.flatMap((delta) => (delta ? storage.addressesIn(delta.bytes) : [])))];
}
