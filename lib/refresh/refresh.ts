import type { ProveLogs } from '../adapters/proven-logs.ts';
import type { Chain } from '../chain.ts';
import { StoreError } from '../errors.ts';
import type { StoreOf } from '../market/begin-book.ts';
import type { ProtocolSource } from '../protocols/protocol.ts';
import type { BlockName, WatchlistStore } from '../watchlist-store.ts';
import { driftCheckOf } from './drift-check.ts';
import { type KeepAnswer, type Keeper, keeperOf } from './keeper.ts';
import { type Witness, witnessed } from './witnessed-chain.ts';

export interface RefresherDeps {
  readonly chain: Chain;
  readonly protocols: readonly ProtocolSource[];
  readonly storeOf: StoreOf;
  /** How many accounts of the book were not what their protocol says. */
  readonly onDrift: (accounts: number) => void;
  /** Without it the node's logs are believed. */
  readonly prove?: ProveLogs;
  /** A node of another provider, for what is too long ago to be proven. */
  readonly second?: Pick<Chain, 'logs'> | undefined;
}

/** What became of one market: `fresh` where somebody had just stored it. */
export interface MarketRefresh {
  readonly market: string;
  readonly blockNumber: number;
  readonly kept: KeepAnswer['kept'] | 'fresh' | 'failed';
  readonly changed?: number;
  readonly error?: string;
}

/** Keeps what is stored of every market up with the chain. */
export interface Refresher {
  /** With a new block. */
  follow(head: BlockName): Promise<readonly MarketRefresh[]>;
  /** Now and then, for when nobody tells of new blocks: what is a few blocks old is left alone. */
  catchUp(): Promise<readonly MarketRefresh[]>;
}

/** Somebody follows each block, or will with the next. */
const FRESH_BLOCKS = 3;

export function refresherOf({
  chain: node,
  protocols,
  storeOf,
  onDrift,
  ...nodes
}: RefresherDeps): Refresher {
  const { prove, second } = nodes;
  const markets = protocols.flatMap((source): readonly RefreshedMarket[] => {
    const { storage } = source.protocol;
    if (storage === undefined) return [];
    const store = storeOf(source);
    const onIncident = incidentWriter(store, onDrift);
    const chain = prove ? witnessed(node, { prove, onIncident, second }) : node;
    const readChecked = driftCheckOf({ storage, chain, store, onDrift });
    return [{ source, store, keeper: keeperOf({ source, storage, chain, store, readChecked }) }];
  });
  return {
    follow: (head) => Promise.all(markets.map((market) => keep(market, head))),
    async catchUp() {
      const head = await node.head();
      return Promise.all(
        markets.map(async (market) => {
          const stored = await market.store.head();
          const isFresh = stored !== undefined && stored.cursor.number >= head.number - FRESH_BLOCKS;
          return isFresh ? answerOf(market, head, { kept: 'fresh' }) : keep(market, head);
        }),
      );
    },
  };
}

/** Every market has had its turn. @throws StoreError for those that could not be stored */
export function tellFailures(refreshed: readonly MarketRefresh[], log: (line: string) => void): void {
  for (const { market, kept } of refreshed) {
    if (kept === 'needsBackfill')
      log(`${market}: nothing is stored, and its history is long: run \`liquidator backfill\`.`);
  }
  const failed = refreshed.filter(({ kept }) => kept === 'failed');
  if (failed.length > 0)
    throw new StoreError(failed.map(({ market, error }) => `${market}: ${error ?? ''}`).join('\n'));
}

/** That a node cannot prove anything is written once for each reason, that it lies each time. */
function incidentWriter(
  store: Pick<WatchlistStore, 'putIncident'>,
  onDrift: (accounts: number) => void,
): Witness['onIncident'] {
  const told = new Set<string>();
  return async (incident) => {
    if (incident.kind === 'wrongLogs') onDrift(1);
    const reason = `${incident.kind} ${incident.details.why}`;
    if (incident.kind === 'unprovenLogs' && told.has(reason)) return;
    await store.putIncident(incident);
    told.add(reason);
  };
}

interface RefreshedMarket {
  readonly source: ProtocolSource;
  readonly store: ReturnType<StoreOf>;
  readonly keeper: Keeper;
}

/** One market's fault must not keep the others from being stored. */
async function keep(market: RefreshedMarket, { number, hash }: BlockName): Promise<MarketRefresh> {
  try {
    const kept = await market.keeper.keep({ number, hash });
    return answerOf(market, { number, hash }, kept);
  } catch (error) {
    return answerOf(market, { number, hash }, { kept: 'failed', error: String(error) });
  }
}

const answerOf = (
  { source }: RefreshedMarket,
  { number }: BlockName,
  { kept, ...more }: Pick<MarketRefresh, 'kept' | 'error' | 'changed'>,
): MarketRefresh => ({
  ...{ market: source.name, blockNumber: number, kept },
  ...(more.changed !== undefined && { changed: more.changed }),
  ...(more.error !== undefined && { error: more.error }),
});
