/** What every fuzz run takes and returns. */
export interface FuzzOptions {
  readonly cases: number;
  readonly seed: number;
  /** Told of every difference, in words that reproduce it. */
  readonly report: (difference: string) => void;
}

export interface FuzzResult {
  readonly cases: number;
  readonly mismatches: number;
  /** What the cases were, by kind. */
  readonly counts: Readonly<Record<string, number>>;
}
