import { type StoreTable, watchlistsIn } from '../functions/wiring/watchlists.ts';
import type { NetworkConfig } from '../lib/config.ts';
import { protocolsOf } from '../lib/protocols/index.ts';
import type { ProtocolSource } from '../lib/protocols/protocol.ts';
import type { WatchlistStore } from '../lib/watchlist-store.ts';

const MOST_INCIDENTS = 5;

/** How far each market is stored, who of it is quarantined, and what went wrong last. */
export async function storedLines(network: NetworkConfig, table: StoreTable): Promise<readonly string[]> {
  const storeOf = watchlistsIn(table, network.chainId);
  const storable = protocolsOf(network).filter(({ protocol }) => protocol.storage !== undefined);
  const lines = await Promise.all(storable.map((source) => linesOf(source, storeOf(source))));
  return lines.flat();
}

async function linesOf({ name }: ProtocolSource, store: WatchlistStore): Promise<readonly string[]> {
  const [head, incidents] = await Promise.all([store.head(), store.incidents(MOST_INCIDENTS)]);
  if (head === undefined) return [`stored    ${name}: nothing yet; \`liquidator backfill\` begins it`];
  return [
    `stored    ${name}: up to block ${head.cursor.number}, snapshot of block ${head.snapshot.block.number}`,
    ...head.quarantined.map(
      ({ borrower, sinceBlock }) => `          quarantined since block ${sinceBlock}: ${borrower}`,
    ),
    ...incidents.map(({ kind, blockNumber, subject, details }) => {
      const told = Object.entries(details).map(([field, text]) => `${field} ${text}`);
      return `          block ${blockNumber}: ${kind} ${subject}: ${told.join('; ')}`;
    }),
  ];
}
