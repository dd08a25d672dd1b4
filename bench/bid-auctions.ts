import { id } from 'ethers';
import { type BidPolicy, bidBpsFor } from '../lib/bundle/bid.ts';
import type { BidRecord } from '../lib/bundle/bid-curve.ts';
import { Random } from '../test/support/fuzz/random.ts';

/** One liquidation up for auction: what it is worth, and the least share that wins it. */
export interface SeededAuction {
  readonly feed: string;
  readonly valueWei: bigint;
  readonly hour: number;
  /** The highest of the rivals' shares, or over 10,000 where the builder does not win the block. */
  readonly toBeatBps: number;
}

const FEEDS = ['ETH / USD', 'BTC / USD', 'LINK / USD'] as const;

/** Rivals bid most for large ones and for ether, less at night; the searcher knows none of this. */
export function seededAuctions(count: number, seed: number): readonly SeededAuction[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => {
    const feed = random.pick(FEEDS);
    const hour = random.integer(0, 23);
    const valueWei = random.amount(50, 62);
    const skill = { 'ETH / USD': 9_000, 'BTC / USD': 7_500, 'LINK / USD': 4_500 }[feed];
    const size = valueWei > 10n ** 18n ? 500 : valueWei < 10n ** 16n ? -2_500 : 0;
    const night = hour < 6 ? -1_000 : 0;
    const rivals = Array.from({ length: 3 }, () =>
      random.chance(0.6) ? skill + size + night + random.integer(-1_200, 800) : 0,
    );
    const toBeatBps = random.chance(0.1) ? 10_001 : Math.max(...rivals);
    return { feed, valueWei, hour, toBeatBps };
  });
}

export interface AuctionResult {
  readonly won: number;
  readonly bidWei: bigint;
  readonly netWei: bigint;
}

/** One searcher bids in all of them, one after the other, and learns from each as it would from its ledger. */
export function bidInAll(auctions: readonly SeededAuction[], bid: BidPolicy, bidBps: bigint): AuctionResult {
  const records: BidRecord[] = [];
  let result: AuctionResult = { won: 0, bidWei: 0n, netWei: 0n };
  for (const [at, { toBeatBps, ...context }] of auctions.entries()) {
    const offered = bidBpsFor(context, { bid, bidBps, minProfitWei: 0n }, records, id(`auction ${at}`));
    const included = Number(offered) > toBeatBps;
    records.push({ ...context, shareBps: Number(offered), included });
    if (!included) continue;
    const bidWei = (context.valueWei * offered) / 10_000n;
    result = {
      won: result.won + 1,
      bidWei: result.bidWei + bidWei,
      netWei: result.netWei + context.valueWei - bidWei,
    };
  }
  return result;
}

export const FITTED: BidPolicy = { kind: 'fitted', maxShareBps: 9_900n, explorationBps: 2_000n };
