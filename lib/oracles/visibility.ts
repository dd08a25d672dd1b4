/**
 * When readers of a Smart Value Recapture feed see which round.
 * Source: smartcontractkit/chainlink `DualAggregator.sol` 1.0.0 `#_getLatestRound`, `#_getSyncPrimaryRound`.
 */
export interface DualFeedRounds {
  /** Consecutive, oldest first. */
  readonly rounds: readonly RecordedRound[];
  /** The newest round that was delivered the secondary way. */
  readonly latestSecondaryRoundId: number;
  /** For so long a public round stays hidden from readers of the secondary proxy. */
  readonly cutoffSeconds: number;
  /** So many of the newest rounds does the contract look at; it tells nobody. */
  readonly maxSyncIterations?: number;
}

export interface RecordedRound {
  readonly id: number;
  /** Time of the block that stored it. */
  readonly recordedAtSeconds: number;
}

/** The round that readers of the secondary proxy (Aave among them) see in a block of this time. */
export function roundOfSecondaryReaders(feed: DualFeedRounds, timestampSeconds: number): number {
  const { rounds, latestSecondaryRoundId, maxSyncIterations } = feed;
  if (!isPastCutoff(feed, latestSecondaryRoundId, timestampSeconds)) return latestSecondaryRoundId;
  const newest = rounds.slice(-(maxSyncIterations ?? rounds.length)).map(({ id }) => id);
  const visible = newest.findLast(
    (id) => id === latestSecondaryRoundId || isPastCutoff(feed, id, timestampSeconds),
  );
  return visible ?? latestSecondaryRoundId;
}

/** The round that everybody else sees: the newest, but not one that came privately in this very block. */
export function roundOfPublicReaders(
  { rounds, latestSecondaryRoundId }: DualFeedRounds,
  timestampSeconds: number,
  isLatestDeliveredOnlyPrivately: boolean,
): number {
  const newest = rounds.at(-1);
  if (newest === undefined) return 0;
  const isPrivate = isLatestDeliveredOnlyPrivately && newest.id === latestSecondaryRoundId;
  return isPrivate && newest.recordedAtSeconds === timestampSeconds ? newest.id - 1 : newest.id;
}

/**
 * The first block time after `timestampSeconds` at which readers of the secondary proxy see another round
 * although nobody sends anything: a price event on a timer. `undefined` when all rounds are visible.
 */
export function nextVisibilitySeconds(feed: DualFeedRounds, timestampSeconds: number): number | undefined {
  const now = roundOfSecondaryReaders(feed, timestampSeconds);
  return feed.rounds
    .map(({ recordedAtSeconds }) => recordedAtSeconds + feed.cutoffSeconds + 1)
    .filter((time) => time > timestampSeconds && roundOfSecondaryReaders(feed, time) !== now)
    .sort((a, b) => a - b)[0];
}

/** A round that is not among those given was recorded too long ago to be hidden. */
function isPastCutoff(
  { rounds, cutoffSeconds }: DualFeedRounds,
  id: number,
  timestampSeconds: number,
): boolean {
  const recordedAt = rounds.find((round) => round.id === id)?.recordedAtSeconds ?? 0;
  return recordedAt + cutoffSeconds < timestampSeconds;
}
