import { AbiCoder, keccak256 } from 'ethers';
import type { TargetBlock } from '../block.ts';
import type { OracleUpdate } from '../domain.ts';
import type { Address, Hex } from '../hex.ts';
import type { Market } from '../market/market.ts';
import type { Feed } from '../oracles/feed.ts';
import { lapsedRounds } from '../oracles/price-state.ts';

/** What the passing of time alone changes from the head to the target block: each a reason to race. */
export function timerUpdates(
  market: TimedMarket,
  target: TargetBlock,
  chainId: number,
  seenAtMs: number,
): readonly OracleUpdate[] {
  const timing = { market, target, chainId, seenAtMs };
  const cutoffs = cutoffUpdates(timing);
  const moved = new Set(cutoffs.map(({ aggregator }) => aggregator));
  // What comes to light gives the race its name: the last does.
  return [...interestUpdates(timing, moved), ...cutoffs];
}

/** What of a market changes with time. */
export type TimedMarket = Pick<Market, 'head' | 'books' | 'feeds' | 'hidden'>;

interface Timing {
  readonly market: TimedMarket;
  readonly target: TargetBlock;
  readonly chainId: number;
  readonly seenAtMs: number;
}

/** Rounds of dual aggregators that nobody sees yet, and everybody will in the target block. */
function cutoffUpdates(timing: Timing): readonly OracleUpdate[] {
  return lapsedRounds(timing.market, timing.target).map(({ aggregator, answer, round }) =>
    timerUpdate(timing, { aggregator, answer, reason: 'cutoff', round }),
  );
}

/**
 * Borrowers who are healthy at the head, and not in the target block, at the same prices. A race needs a feed:
 * the answers of as few as concern all of them are stated again, unchanged; that of a feed which moves says it all.
 */
function interestUpdates(timing: Timing, moved: ReadonlySet<Address>): readonly OracleUpdate[] {
  const { market, target } = timing;
  const atHead = { ...target, timestampSeconds: market.head.timestampSeconds };
  const known = new Set<string>();
  return [...market.feeds.values()].flatMap((feed) => {
    if (moved.has(feed.aggregator)) return [];
    const falling = borrowersOf(market, feed, target).difference(known);
    if (falling.size === 0 || falling.isSubsetOf(borrowersOf(market, feed, atHead))) return [];
    for (const borrower of falling) known.add(borrower);
    const { aggregator, answer } = feed;
    return timerUpdate(timing, { aggregator, answer, reason: 'interest' });
  });
}

const borrowersOf = ({ books }: TimedMarket, feed: Feed, target: TargetBlock): Set<string> =>
  new Set(
    books.flatMap((book) =>
      book.opportunities([feed], target).map(({ protocol, borrower }) => `${protocol} ${borrower}`),
    ),
  );

interface TimerEvent {
  readonly aggregator: Address;
  readonly answer: bigint;
  readonly reason: 'cutoff' | 'interest';
  /** That comes to light. */
  readonly round?: number;
}

function timerUpdate(
  { market, target, chainId, seenAtMs }: Timing,
  { aggregator, answer, reason, round = 0 }: TimerEvent,
): OracleUpdate {
  return {
    id: timerId(chainId, aggregator, reason, round, target.timestampSeconds),
    ...{ chainId, aggregator, answer, seenAtMs },
    epochAndRound: market.feeds.get(aggregator)?.epochAndRound ?? 0,
    observedAtSeconds: market.head.timestampSeconds,
    source: 'timer',
    trigger: { kind: 'timer', reason },
  };
}

/** Raced once for each slot, however many racers hear of it: an empty slot takes the bundle for it along. */
function timerId(...parts: readonly [number, Address, TimerEvent['reason'], number, number]): Hex {
  const types = ['uint256', 'address', 'string', 'uint256', 'uint256'];
  return keccak256(AbiCoder.defaultAbiCoder().encode(types, parts));
}
