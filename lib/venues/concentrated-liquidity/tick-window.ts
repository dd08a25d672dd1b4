import { getSqrtRatioAtTick, MAX_TICK, MIN_TICK } from './tick-math.ts';

/** The part of a pool's ticks that was read: every initialised tick in a run of tick-bitmap words. */
export interface TickWindow {
  /** Where a swap halts on its way down, in ascending order. */
  readonly stopsDown: readonly Stop[];
  /** Where a swap halts on its way up, in ascending order. */
  readonly stopsUp: readonly Stop[];
}

/**
 * A price at which the contract ends one step and begins the next. Beside initialised ticks these are the
 * edges of bitmap words, because every step rounds: skipping one would be wrong by a wei.
 */
export interface Stop {
  readonly tick: number;
  readonly sqrtPriceX96: bigint;
  readonly initialised: boolean;
  /** Liquidity that joins when the price rises through the tick, and leaves when it falls. */
  readonly liquidityNet: bigint;
}

export interface InitialisedTick {
  readonly tick: number;
  readonly liquidityNet: bigint;
}

/** A run of words of the tick bitmap, both inclusive. */
export interface WordRange {
  readonly firstWord: number;
  readonly lastWord: number;
}

export const TICKS_PER_WORD = 256;

/** The words that hold every tick within `reach` of `tick`. */
export function wordsAround(tick: number, tickSpacing: number, reach: number): WordRange {
  const wordOf = (t: number): number => Math.floor(t / tickSpacing / TICKS_PER_WORD);
  return {
    firstWord: wordOf(Math.max(tick - reach, MIN_TICK)),
    lastWord: wordOf(Math.min(tick + reach, MAX_TICK)),
  };
}

/** Every word of the run, ascending. */
export function wordsOf({ firstWord, lastWord }: WordRange): readonly number[] {
  return Array.from({ length: lastWord - firstWord + 1 }, (_, index) => firstWord + index);
}

/** Ticks whose bit is set in one word of the tick bitmap, ascending. */
export function ticksInWord(bitmap: bigint, word: number, tickSpacing: number): readonly number[] {
  const ticks: number[] = [];
  for (let bit = 0; bit < TICKS_PER_WORD; bit += 1) {
    if ((bitmap >> BigInt(bit)) & 1n) ticks.push((word * TICKS_PER_WORD + bit) * tickSpacing);
  }
  return ticks;
}

/** @param initialised every initialised tick of those words, in any order */
export function tickWindow(
  range: WordRange,
  tickSpacing: number,
  initialised: readonly InitialisedTick[],
): TickWindow {
  const stops = initialised.map(({ tick, liquidityNet }) => stopAt(tick, true, liquidityNet));
  const edges = (bit: number): Stop[] =>
    wordsOf(range)
      .map((word) => (word * TICKS_PER_WORD + bit) * tickSpacing)
      .filter((tick) => tick > MIN_TICK && tick < MAX_TICK && !initialised.some((one) => one.tick === tick))
      .map((tick) => stopAt(tick, false, 0n));
  return {
    stopsDown: ascending([...stops, ...edges(0)]),
    stopsUp: ascending([...stops, ...edges(TICKS_PER_WORD - 1)]),
  };
}

function stopAt(tick: number, initialised: boolean, liquidityNet: bigint): Stop {
  return { tick, sqrtPriceX96: getSqrtRatioAtTick(tick), initialised, liquidityNet };
}

function ascending(stops: readonly Stop[]): readonly Stop[] {
  return Object.freeze([...stops].sort((a, b) => a.tick - b.tick));
}
