import { dynamoWatchlistStore } from '../../../lib/adapters/watchlist-store.ts';
import type { Chain } from '../../../lib/chain.ts';
import { StoreError } from '../../../lib/errors.ts';
import type { Address } from '../../../lib/hex.ts';
import { readStoredAccounts } from '../../../lib/market/stored-accounts.ts';
import type { Book } from '../../../lib/protocols/book.ts';
import type { BookStorage } from '../../../lib/protocols/book-storage.ts';
import type { ProtocolSource } from '../../../lib/protocols/protocol.ts';
import { residentBook } from '../../../lib/protocols/resident-book.ts';
import { type Keeper, keeperOf } from '../../../lib/refresh/keeper.ts';
import type { BlockName, WatchlistStore } from '../../../lib/watchlist-store.ts';
import { type LocalDynamo, PATIENCE_MS, startDynamo } from '../dynamodb.ts';
import { LOST, loseCalls } from '../lossy-dynamo.ts';
import type { Random } from './random.ts';

/** A keeper whose process dies and whose calls get lost, and the store that it leaves behind. */
export class StoredWatchlist {
  readonly counts = { stored: 0, 'keepers killed': 0, 'store calls lost': 0, 'cold books': 0, rows: 0 };
  readonly #random: Random;
  readonly #dynamo: LocalDynamo;
  #keeper: Keeper | undefined;
  #store: WatchlistStore | undefined;
  #isLossy = false;

  static async start(random: Random): Promise<StoredWatchlist> {
    return new StoredWatchlist(random, await startDynamo());
  }

  private constructor(random: Random, dynamo: LocalDynamo) {
    this.#random = random;
    this.#dynamo = dynamo;
    loseCalls(dynamo.client, () => {
      if (!this.#isLossy || !random.chance(1 / 30)) return undefined;
      this.counts['store calls lost'] += 1;
      return random.pick(['before', 'after']);
    });
  }

  stop(): Promise<void> {
    return this.#dynamo.stop();
  }

  /** Another market. */
  async clear(): Promise<void> {
    this.#keeper = undefined;
    const tableName = await this.#dynamo.createTable();
    const options = { client: this.#dynamo.client, market: 'fuzz', nowMs: () => 0, timeoutMs: PATIENCE_MS };
    this.#store = dynamoWatchlistStore({ ...options, tableName });
  }

  /** @param chain may lose answers too */
  async keep(source: ProtocolSource, storage: BookStorage, chain: Chain, head: BlockName): Promise<string> {
    const store = this.#required();
    for (;;) {
      if (this.#random.chance(0.1)) this.#kill();
      this.#keeper ??= keeperOf({ source, storage, chain, store });
      this.#isLossy = true;
      try {
        const { kept } = await this.#keeper.keep(head);
        // A commit whose answer got lost was ours: the next call begins with it.
        if (kept !== 'overtaken') return kept;
      } catch (error) {
        if (!String(error).includes(LOST)) throw error;
      } finally {
        this.#isLossy = false;
      }
    }
  }

  /**
   * How what is stored differs from the book read anew.
   * @param isSame whether two books say the same of one account
   * @param contentOf what of a row has to be the same
   */
  async differences(
    source: ProtocolSource,
    storage: BookStorage,
    chain: Chain,
    anew: Book,
    head: BlockName,
    isSame: (one: Book, other: Book, who: Address) => boolean,
    contentOf: (row: Uint8Array) => string = hexOf,
  ): Promise<readonly string[]> {
    const store = this.#required();
    this.counts.stored += 1;
    const stored = await readStoredAccounts(chain, storage, store, head);
    if (typeof stored !== 'object') return [`nothing stored: ${stored}`];
    const { accounts, block } = stored;
    const cold = await residentBook(source, { storage, accounts, hash: block.hash }).read(chain, head);
    this.counts['cold books'] += 1;
    const everybody = [...new Set([...storage.addresses(cold), ...storage.addresses(anew)])];
    const wrong = everybody.filter((who) => !isSame(cold, anew, who));
    return [
      ...wrong.map((who) => `${who} cold from block ${block.number}`),
      ...(block.hash !== head.hash ? [`stored up to ${block.number}, not ${head.number}`] : []),
      ...(await this.#wrongRows(storage, anew, everybody, contentOf)),
    ];
  }

  async #wrongRows(
    storage: BookStorage,
    anew: Book,
    everybody: readonly Address[],
    contentOf: (row: Uint8Array) => string,
  ): Promise<readonly string[]> {
    const rows = new Map((await this.#required().accounts()).map((row) => [row.address, row.bytes]));
    this.counts.rows += rows.size;
    const addresses = new Set([...rows.keys(), ...everybody]);
    return [...addresses]
      .filter((address) => {
        const wanted = storage.freezeAccounts(anew, [address]);
        const bytes = rows.get(address) ?? storage.freezeAccounts(anew, []);
        return contentOf(bytes) !== contentOf(wanted);
      })
      .map((address) => `the row of ${address}`);
  }

  #kill(): void {
    if (this.#keeper === undefined) return;
    this.#keeper = undefined;
    this.counts['keepers killed'] += 1;
  }

  #required(): WatchlistStore {
    if (this.#store !== undefined) return this.#store;
    throw new StoreError('No market was begun: call clear first.');
  }
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
