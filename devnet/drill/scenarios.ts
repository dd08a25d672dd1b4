import type { TargetBlock } from '../../lib/block.ts';
import type { Opportunity } from '../../lib/domain.ts';
import type { Address } from '../../lib/hex.ts';
import type { Market } from '../../lib/market/market.ts';
import type { Feed } from '../../lib/oracles/feed.ts';

/** The mildest move of one price that makes a borrower liquidatable. */
export interface Scenario {
  readonly protocol: string;
  readonly borrower: Address;
  readonly feed: Feed;
  readonly answer: bigint;
  /** Of the present answer, in percent. */
  readonly movePercent: number;
  readonly opportunities: readonly Opportunity[];
}

/** Collateral falls, or debt rises; nobody needs more than that. */
const MOVES_PERCENT: readonly number[] = [
  -1, -2, -3, -5, -8, -12, -18, -25, -35, -50, -70, 5, 15, 40, 100, 300,
];

/** By borrower, from the books in memory alone. */
export function scenariosOf(market: Market, target: TargetBlock): readonly Scenario[] {
  const mildest = new Map<string, Scenario>();
  for (const movePercent of MOVES_PERCENT) {
    for (const feed of market.feeds.values()) {
      for (const scenario of openedBy(market, feed, movePercent, target)) {
        const key = `${scenario.protocol} ${scenario.borrower}`;
        if (!mildest.has(key)) mildest.set(key, scenario);
      }
    }
  }
  return [...mildest.values()];
}

function openedBy(
  { books }: Market,
  feed: Feed,
  movePercent: number,
  target: TargetBlock,
): readonly Scenario[] {
  const { aggregator } = feed;
  const answer = (feed.answer * BigInt(100 + movePercent)) / 100n;
  return books.flatMap((book) => {
    const opened = Map.groupBy(
      book.opportunities([{ aggregator, answer }], target),
      ({ borrower }) => borrower,
    );
    return [...opened].map(([borrower, opportunities]) => ({
      ...{ protocol: book.protocol, borrower, feed, answer, movePercent, opportunities },
    }));
  });
}
