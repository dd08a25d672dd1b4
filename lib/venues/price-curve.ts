/**
 * What a market trades in one direction, in floating point: near enough to choose by. The exact quote of what was
 * chosen decides.
 *
 * The steepness of a market is one over the root of its marginal price, fee paid. Where liquidity is constant it
 * grows in proportion to what is paid in, `from + input / liquidity`, and that input fetches
 * `input / (from · steepness)`. This holds for x·y = k, for every range of concentrated liquidity, for pools in a
 * row and for pools side by side: all of them are stretches of constant liquidity, one after the other.
 */
export interface Stretch {
  /** Steepness at its start and at its end; above 0, and infinite where the market never ends. */
  readonly from: number;
  readonly to: number;
  /** Input for each unit of steepness. */
  readonly liquidity: number;
  /** Of a trade that ends here. */
  readonly gasUsed: number;
}

/** A trade, and how steep the market is after it. */
export interface Point {
  readonly input: number;
  readonly output: number;
  readonly steepness: number;
  readonly gasUsed: number;
}

/** Worked out as far as somebody asked, and then remembered: most trades end in the first stretches. */
export class PriceCurve {
  readonly #source: Iterator<Stretch>;
  readonly #pieces: Piece[] = [];

  constructor(stretches: Iterable<Stretch>) {
    this.#source = stretches[Symbol.iterator]();
  }

  /** Before any trade; infinite where there is nothing to trade. */
  get steepness(): number {
    return this.piece(0)?.from ?? Number.POSITIVE_INFINITY;
  }

  /** Beyond its end the market takes more, for nothing. */
  sell(input: number): Point {
    const piece = this.#reaching('inputAfter', input);
    if (piece === undefined) return this.#end(input);
    const { from, liquidity, inputBefore, outputBefore, gasUsed } = piece;
    const rest = input - inputBefore;
    const steepness = from + rest / liquidity;
    return { input, output: outputBefore + rest / (from * steepness), steepness, gasUsed };
  }

  /** Beyond its end the market gives nothing more, whatever is paid. */
  buy(output: number): Point {
    const piece = this.#reaching('outputAfter', output);
    if (piece === undefined) return { ...this.#end(Number.POSITIVE_INFINITY), output };
    const { from, liquidity, inputBefore, outputBefore, gasUsed } = piece;
    const rest = output - outputBefore;
    const steepness = from / (1 - (rest * from) / liquidity);
    return { input: inputBefore + rest * from * steepness, output, steepness, gasUsed };
  }

  /** As much as makes it so steep. */
  upTo(steepness: number): Point {
    const piece = this.#reaching('to', steepness);
    if (piece === undefined) return this.#end(this.#pieces.at(-1)?.inputAfter ?? 0);
    const { from, liquidity, inputBefore, outputBefore, gasUsed } = piece;
    const rest = Math.max(steepness - from, 0) * liquidity;
    const output = outputBefore + rest / (from * Math.max(steepness, from));
    return { input: inputBefore + rest, output, steepness, gasUsed };
  }

  /** `undefined` beyond the last. */
  piece(index: number): Piece | undefined {
    while (this.#pieces.length <= index) {
      if (this.#extend() === undefined) return undefined;
    }
    return this.#pieces[index];
  }

  #reaching(what: 'inputAfter' | 'outputAfter' | 'to', amount: number): Piece | undefined {
    const pieces = this.#pieces;
    let last = pieces.at(-1) ?? this.#extend();
    while (last !== undefined && last[what] < amount) last = this.#extend();
    if (last === undefined) return undefined;
    let low = 0;
    let high = pieces.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((pieces[middle]?.[what] ?? 0) >= amount) high = middle;
      else low = middle + 1;
    }
    return pieces[low];
  }

  #extend(): Piece | undefined {
    const { value, done } = this.#source.next();
    if (done) return undefined;
    const { from, to, liquidity, gasUsed } = value;
    const { inputAfter: inputBefore = 0, outputAfter: outputBefore = 0 } = this.#pieces.at(-1) ?? {};
    const inputAfter = inputBefore + (to - from) * liquidity;
    const outputAfter = outputBefore + (1 / from - 1 / to) * liquidity;
    const piece = { from, to, liquidity, gasUsed, inputBefore, outputBefore, inputAfter, outputAfter };
    this.#pieces.push(piece);
    return piece;
  }

  #end(input: number): Point {
    const last = this.#pieces.at(-1);
    const { outputAfter: output = 0, gasUsed = 0 } = last ?? {};
    return { input, output, steepness: Number.POSITIVE_INFINITY, gasUsed };
  }
}

/** A stretch, and the sums before and after it. */
export interface Piece extends Stretch {
  readonly inputBefore: number;
  readonly outputBefore: number;
  readonly inputAfter: number;
  readonly outputAfter: number;
}
