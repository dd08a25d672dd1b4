import { dynamoForesight } from '../../lib/adapters/foresight-store.ts';
import { dynamoClient } from '../../lib/adapters/store.ts';
import type { Config } from '../../lib/config.ts';
import type { ForesightStore } from '../../lib/foresight.ts';
import { begun, earlyStore, firstGiven } from '../../lib/market/early-store.ts';
import { protocolsNamed, protocolsOf } from '../../lib/protocols/index.ts';
import { type StoreOf, WIDE, watchlistsIn } from './watchlists.ts';

export interface EarlyReads {
  readonly watchlistOf: StoreOf;
  readonly foresight: ForesightStore;
  /** Patient: not for what a race waits for. */
  readonly client: ReturnType<typeof dynamoClient>;
}

/** What a market begins from, read while the secret is still on its way: none of it needs one. */
export function readEarly({ tableName, network, protocols }: Config, racer: string | undefined): EarlyReads {
  const client = dynamoClient(WIDE);
  const foresight = dynamoForesight({ tableName, client, chainId: network.chainId, racer });
  const first = begun(foresight.read);
  const storeOf = watchlistsIn({ tableName, client }, network.chainId);
  const sources = protocolsNamed(protocolsOf(network), protocols);
  const stored = sources.filter(({ protocol }) => protocol.storage !== undefined);
  const early = new Map(stored.map((source) => [source.address, earlyStore(storeOf(source))]));
  return {
    client,
    foresight: { ...foresight, read: firstGiven(first, foresight.read) },
    watchlistOf: (source) => early.get(source.address)?.() ?? storeOf(source),
  };
}
