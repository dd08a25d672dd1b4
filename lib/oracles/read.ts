import type { Chain } from '../chain.ts';
import type { Address } from '../hex.ts';
import { discover, type Link } from './discover.ts';
import type { Feed } from './feed.ts';
import { type KnownSource, knownSources } from './known-source.ts';
import type { AnswerOf } from './price-source.ts';
import { type FeedAddress, readFeeds } from './read-feeds.ts';

/** From price sources down to aggregators, at one block. */
export interface OracleState {
  /** By aggregator. */
  readonly feeds: ReadonlyMap<Address, Feed>;
  /** Every source that was asked for, and those behind them. */
  readonly sources: ReadonlyMap<Address, KnownSource>;
  /** What the feed said at that block; 0 for an aggregator that is not among the feeds. */
  readonly answerOf: AnswerOf;
}

/**
 * Finds out from the chain how each of these price sources is made, and computes it from then on. What cannot be
 * recognised, or does not compute to the contract's own answer at this block, is an `opaque` source: frozen at
 * that answer.
 */
export async function read(
  chain: Chain,
  sources: readonly Address[],
  blockNumber: number,
): Promise<OracleState> {
  const [links, { timestampSeconds }] = await Promise.all([
    discover(chain, sources, blockNumber),
    chain.head(blockNumber),
  ]);
  const found = await readFeeds(chain, feedAddresses(links), blockNumber);
  const feeds = new Map(found.map((feed) => [feed.aggregator, feed]));
  const answerOf = (aggregator: Address) => feeds.get(aggregator)?.answer ?? 0n;
  return { feeds, sources: knownSources(links, feeds, answerOf, timestampSeconds), answerOf };
}

function feedAddresses(links: ReadonlyMap<Address, Link>): readonly FeedAddress[] {
  const proxies = new Map<Address, Address[]>();
  for (const [address, link] of links) {
    if (link.is === 'aggregator') proxies.set(address, proxies.get(address) ?? []);
    if (link.is === 'proxy') {
      proxies.set(link.aggregator, [...(proxies.get(link.aggregator) ?? []), address]);
    }
  }
  return [...proxies].map(([aggregator, readers]) => ({ aggregator, proxies: readers }));
}
