import type { Chain } from '../chain.ts';
import { StoreError } from '../errors.ts';
import type { Address } from '../hex.ts';
import type { ProtocolSource } from '../protocols/protocol.ts';
import type { WatchlistStore } from '../watchlist-store.ts';
import type { BeginBook, Quarantine } from './market.ts';
import { readStoredAccounts } from './stored-accounts.ts';

/** The store of each market. */
export type StoreOf = (source: Pick<ProtocolSource, 'address'>) => WatchlistStore;

/** From the store where it has something of use; or else from the chain, which is said and takes long. */
export function beginBookFrom(
  chain: Pick<Chain, 'head'>,
  storeOf: StoreOf,
  log: (line: string) => void,
): BeginBook {
  return async (source, head) => {
    const { storage } = source.protocol;
    if (storage === undefined) return undefined;
    const stored = await readStoredAccounts(chain, storage, storeOf(source), head).catch(faultToRecover);
    if (typeof stored === 'object') return { storage, accounts: stored.accounts, hash: stored.block.hash };
    log(
      `${source.name}: nothing stored is of use (${stored}): all borrowers since block ` +
        `${source.deployedAtBlock} are looked for on the chain. \`liquidator backfill\` stores them.`,
    );
    return undefined;
  };
}

/** Of each market that is stored. Where its store does not answer, as it was last. */
export function quarantineOf(
  protocols: readonly ProtocolSource[],
  storeOf: StoreOf,
  log: (line: string) => void,
): () => Promise<Quarantine> {
  const stores = protocols
    .filter(({ protocol }) => protocol.storage !== undefined)
    .map((source) => ({ source, store: storeOf(source) }));
  const known = new Map<ProtocolSource, ReadonlySet<Address>>();
  return async () => {
    const heads = await Promise.all(stores.map(({ store }) => store.head().catch(faultToRecover)));
    for (const [at, head] of heads.entries()) {
      const { source } = stores[at] ?? {};
      if (typeof head === 'string') log(`${source?.name}: ${head}`);
      else if (source) known.set(source, new Set(head?.quarantined.map(({ borrower }) => borrower)));
    }
    return new Map(known);
  };
}

/** A store that does not answer is no reason not to race. */
function faultToRecover(error: unknown): string {
  if (error instanceof StoreError) return error.message;
  throw error;
}
