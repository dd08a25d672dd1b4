/** A bid and what came of it: all that the curve is fitted to. */
export interface BidRecord {
  readonly feed: string;
  /** What gas left of the gross profit: the bid is a share of it. */
  readonly valueWei: bigint;
  readonly shareBps: number;
  /** UTC, 0 to 23. */
  readonly hour: number;
  /** In the chain, or somebody else's; bundles that nobody beat and nobody took say nothing about bids. */
  readonly included: boolean;
}

/** What distinguishes one auction from another. */
export type BidContext = Pick<BidRecord, 'feed' | 'valueWei' | 'hour'>;

export interface BidCurve {
  /** Chance of inclusion, 0 to 1, at each of `SHARES`; never falls with the share. */
  readonly chances: readonly number[];
  /** Records of exactly this feed, size and time of day. */
  readonly observed: number;
}

/** One percent of the value apart. */
const STEP_BPS = 100;
export const SHARES: readonly number[] = Array.from({ length: 10_000 / STEP_BPS }, (_, at) => at * STEP_BPS);

/**
 * Chance of inclusion against the share offered: a mean of logistic curves, each weighed by how well it explains the
 * records (Bayes on a grid), and so monotone. Records of the same feed, size and time of day count in full; of wider
 * groups together no more than a handful, so that they guide where there is little else and yield where there is.
 */
export function fitBidCurve(records: readonly BidRecord[], context: BidContext): BidCurve {
  const groups = groupsOf(records, context);
  const [wins, losses] = [emptyCounts(), emptyCounts()];
  for (const [width, group] of groups.entries()) {
    const weight = width === 0 ? 1 : Math.min(1, WIDER_WEIGHT / group.length);
    for (const { shareBps, included } of group) {
      const side = included ? wins : losses;
      side[binOf(shareBps)] = (side[binOf(shareBps)] ?? 0) + weight;
    }
  }
  return { chances: meanOf(everyCurve(), posterior(wins, losses)), observed: groups[0]?.length ?? 0 };
}

/** What the records of each wider group count for together. */
const WIDER_WEIGHT = 5;

/** From the most alike to all others; each record in one of them. */
function groupsOf(records: readonly BidRecord[], context: BidContext): readonly (readonly BidRecord[])[] {
  const groups: BidRecord[][] = [[], [], [], []];
  for (const record of records) groups[distance(record, context)]?.push(record);
  return groups;
}

function distance(record: BidRecord, context: BidContext): number {
  if (record.feed !== context.feed) return 3;
  if (sizeClass(record.valueWei) !== sizeClass(context.valueWei)) return 2;
  return Math.floor(record.hour / 6) === Math.floor(context.hour / 6) ? 0 : 1;
}

const SIZE_EDGES_WEI = [10n ** 16n, 10n ** 17n, 10n ** 18n];

/** Below a hundredth of an ether, below a tenth, below one, and more. */
export const sizeClass = (valueWei: bigint): number =>
  SIZE_EDGES_WEI.filter((edge) => valueWei >= edge).length;

const emptyCounts = (): number[] => SHARES.map(() => 0);
const binOf = (shareBps: number): number =>
  Math.min(SHARES.length - 1, Math.max(0, Math.round(shareBps / STEP_BPS)));

// ── The curves that there are, and what is thought of them before any record ──────────────────────────────

interface Curve {
  readonly prior: number;
  readonly chances: readonly number[];
  /** Logarithms of the chances, and of their opposites. */
  readonly win: readonly number[];
  readonly loss: readonly number[];
}

/**
 * By where the chances are even, how sharply they turn, and how often another builder has the block. Made for the first
 * fit: a process that bids a fixed share begins sooner.
 */
function everyCurve(): readonly Curve[] {
  curves ??= [0.75, 0.9, 0.98].flatMap((ceiling) =>
    [200, 600, 1_500].flatMap((scaleBps) =>
      Array.from({ length: 24 }, (_, at) => logistic(-1_500 + at * 500, scaleBps, ceiling)),
    ),
  );
  return curves;
}

let curves: readonly Curve[] | undefined;

/** Competitors who bid at all bid most of it: even chances at 85 % are the likeliest, lower ones are not ruled out. */
function logistic(evenBps: number, scaleBps: number, ceiling: number): Curve {
  const chances = SHARES.map((share) => ceiling / (1 + Math.exp(-(share - evenBps) / scaleBps)));
  return {
    prior: -(((evenBps - 8_500) / 3_000) ** 2) / 2,
    chances,
    win: chances.map((chance) => Math.log(Math.max(LEAST_CHANCE, chance))),
    loss: chances.map((chance) => Math.log(Math.max(LEAST_CHANCE, 1 - chance))),
  };
}

const LEAST_CHANCE = 1e-4;

/** How likely each curve is after so many wins and losses at each share. */
function posterior(wins: readonly number[], losses: readonly number[]): readonly number[] {
  const seen = SHARES.flatMap((_, at) => (wins[at] || losses[at] ? [at] : []));
  const logs = everyCurve().map(({ prior, win, loss }) =>
    seen.reduce(
      (sum, at) => sum + (wins[at] ?? 0) * (win[at] ?? 0) + (losses[at] ?? 0) * (loss[at] ?? 0),
      prior,
    ),
  );
  const most = Math.max(...logs);
  const weights = logs.map((log) => Math.exp(log - most));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

const meanOf = (all: readonly Curve[], weights: readonly number[]): readonly number[] =>
  SHARES.map((_, at) =>
    all.reduce((sum, { chances }, curve) => sum + (weights[curve] ?? 0) * (chances[at] ?? 0), 0),
  );
