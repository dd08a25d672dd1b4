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
  /** The same in floating point. */
  readonly sqrtPrice: number;
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

/**
 * How far from the current price ticks are read, in ticks: 4,000 is a factor of 1.49 either way. A sale that
 * moves a pool further than this costs more than any liquidation bonus.
 */
export const REACH_TICKS = 4_000;

export const TICKS_PER_WORD = 256;

/**
 * The words in which a swap finds its next stop anywhere within `reach` of `tick`. On its way up the contract
 * looks one tick spacing ahead of where it is, so the last word may be the one after.
 */
export function wordsAround(tick: number, tickSpacing: number, reach: number): WordRange {
  const compressed = (t: number): number => Math.floor(t / tickSpacing);
  return {
    firstWord: Math.floor(compressed(Math.max(tick - reach, MIN_TICK)) / TICKS_PER_WORD),
    lastWord: Math.floor((compressed(Math.min(tick + reach, MAX_TICK)) + 1) / TICKS_PER_WORD),
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
  const stops = initialised
    .filter(({ tick }) => isWithinLimits(tick))
    .map(({ tick, liquidityNet }) => stopAt(tick, true, liquidityNet));
  const edges = (bit: number): Stop[] =>
    wordsOf(range)
      .map((word) => (word * TICKS_PER_WORD + bit) * tickSpacing)
      .filter((tick) => isWithinLimits(tick) && !initialised.some((one) => one.tick === tick))
      .map((tick) => stopAt(tick, false, 0n));
  return {
    stopsDown: ascending([...stops, ...edges(0)]),
    stopsUp: ascending([...stops, ...edges(TICKS_PER_WORD - 1)]),
  };
}

/** Where the price itself ends, a swap halts one unit earlier: no quote goes that far. */
function isWithinLimits(tick: number): boolean {
  return tick > MIN_TICK && tick < MAX_TICK;
}

function stopAt(tick: number, initialised: boolean, liquidityNet: bigint): Stop {
  const sqrtPriceX96 = getSqrtRatioAtTick(tick);
  return { tick, sqrtPriceX96, sqrtPrice: Number(sqrtPriceX96) / 2 ** 96, initialised, liquidityNet };
}

function ascending(stops: readonly Stop[]): readonly Stop[] {
  return Object.freeze([...stops].sort((a, b) => a.tick - b.tick));
}
