/**
 * What the dashboard's server tells its page, as JSON: amounts are decimal strings, in wei unless the name says
 * otherwise. Types only: both sides read them.
 */

export interface OverviewAnswer {
  readonly range: RangeAnswer;
  readonly updates: number;
  readonly total: TallyAnswer;
  readonly groups: Readonly<Record<OverviewGrouping, readonly GroupAnswer[]>>;
  /** What had been earned up to each moment since the range began. */
  readonly cumulative: readonly { readonly atSeconds: number; readonly netProfitWei: string }[];
  readonly outcomes: OutcomesAnswer;
  readonly latencies: readonly LatencyAnswer[];
  readonly duels: readonly DuelAnswer[];
  readonly tokens: readonly TokenAnswer[];
}

export type OverviewGrouping = 'day' | 'builder' | 'trigger' | 'reason' | 'pair';

export interface RangeAnswer {
  /** UTC days, both inclusive. */
  readonly fromDay: string;
  readonly toDay: string;
  /** There is nothing in the days up to now: these are the last in which there is. */
  readonly isPast: boolean;
}

export interface TallyAnswer {
  readonly grossProfitWei: string;
  readonly bidWei: string;
  readonly gasCostWei: string;
  readonly netProfitWei: string;
  readonly missedProfitWei: string;
  readonly expectedProfitWei: string;
  readonly realisedProfitWei: string;
  readonly flashFeeWei: string;
  readonly protocolFeeWei: string;
  readonly priceImpactWei: string;
  readonly usd: {
    readonly grossProfitUsd26: string;
    readonly bidUsd26: string;
    readonly gasCostUsd26: string;
    readonly netProfitUsd26: string;
    readonly missedProfitUsd26: string;
  };
  readonly unpriced: number;
  readonly results: Readonly<Record<string, number>>;
  readonly skipped: Readonly<Record<string, number>>;
  readonly missedWei: Readonly<Record<string, string>>;
  /** 0 to 1; absent where no bundle is decided. */
  readonly winRate?: number;
}

export interface GroupAnswer extends TallyAnswer {
  readonly key: string;
  readonly name: string;
}

/** Lines by result in buckets of one width, from the first bucket with a line to the last. */
export interface OutcomesAnswer {
  readonly widthSeconds: number;
  readonly atSeconds: readonly number[];
  readonly results: Readonly<Record<string, readonly number[]>>;
}

export interface LatencyAnswer {
  readonly stage: string;
  readonly count: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

export interface DuelAnswer {
  readonly atSeconds: number;
  readonly updateId: string;
  readonly offeredWei: string;
  readonly rivalPaidWei: string;
}

export interface TokenAnswer {
  readonly address: string;
  readonly symbol: string;
  readonly decimals: number;
}

export interface OpportunitiesAnswer {
  readonly rows: readonly OpportunityRow[];
  /** Where the next page begins; absent on the last. */
  readonly next?: string;
  /** The oldest day that was looked at: a search goes back a few days a page. */
  readonly searchedToDay: string;
}

export interface OpportunityRow {
  readonly updateId: string;
  readonly at: string;
  readonly feed: string;
  readonly result: string;
  readonly reason: string;
  readonly protocol: string;
  readonly borrower: string;
  readonly pair: string;
  readonly builder: string;
  readonly trigger: string;
  readonly offeredBidWei?: string;
  readonly rivalPaidWei?: string;
  readonly netProfitWei: string;
  readonly missedProfitWei: string;
  readonly transaction?: string;
}

export interface StoryAnswer {
  readonly updateId: string;
  readonly observedAt: string;
  readonly moments: readonly MomentAnswer[];
}

export interface MomentAnswer {
  readonly atMs: number;
  readonly afterMs: number;
  readonly lines: readonly string[];
}

/** Who was nearest to liquidation when the racing Lambda last looked. */
export interface PositionsAnswer {
  /** Absent where it has never looked. */
  readonly seen?: { readonly atMs: number; readonly headBlock: number };
  readonly positions: readonly PositionAnswer[];
}

export interface PositionAnswer {
  readonly protocol: string;
  readonly borrower: string;
  /** Exact, 18 decimals. */
  readonly healthFactor: string;
  readonly pair: string;
  /** In the debt token's own unit, with its name for itself. */
  readonly debt: string;
}
