import { type Piece, PriceCurve, type Stretch } from '../venues/price-curve.ts';

/** What comes in goes through all of them, one after the other. */
export const inSeries = (curves: readonly PriceCurve[]): PriceCurve =>
  curves.reduce((first, second) => new PriceCurve(chained(first, second)));

/** What comes in is divided so that all that get a part are equally steep afterwards: nothing trades better. */
export function inParallel(curves: readonly PriceCurve[]): PriceCurve {
  const [only, ...others] = curves;
  return only !== undefined && others.length === 0 ? only : new PriceCurve(merged(curves));
}

/** Steepness is the product; along a stretch of both it grows in proportion to what comes in. */
function* chained(first: PriceCurve, second: PriceCurve): Generator<Stretch> {
  let [a, b] = [new Walk(first), new Walk(second)];
  for (;;) {
    const [one, other] = [a.piece, b.piece];
    if (one === undefined || other === undefined) return;
    const [from1, from2] = [a.steepness, b.steepness];
    const given = (1 / from1 - 1 / one.to) * one.liquidity;
    const taken = (other.to - from2) * other.liquidity;
    const isFirstOver = given <= taken;
    const to1 = isFirstOver ? one.to : from1 / (1 - (taken * from1) / one.liquidity);
    const to2 = isFirstOver ? from2 + given / other.liquidity : other.to;
    yield {
      ...{ from: from1 * from2, to: to1 * to2 },
      liquidity: 1 / (from2 / one.liquidity + 1 / (from1 * other.liquidity)),
      gasUsed: one.gasUsed + other.gasUsed,
    };
    [a, b] = [a.movedTo(to1), b.movedTo(to2)];
  }
}

/** A place on a curve. */
class Walk {
  readonly piece: Piece | undefined;
  readonly steepness: number;
  readonly #curve: PriceCurve;
  readonly #index: number;

  constructor(curve: PriceCurve, index = 0, steepness = 0) {
    const piece = curve.piece(index);
    this.#curve = curve;
    this.#index = index;
    this.piece = piece;
    this.steepness = Math.max(steepness, piece?.from ?? 0);
  }

  movedTo(steepness: number): Walk {
    const isAtEnd = steepness >= (this.piece?.to ?? 0);
    return new Walk(this.#curve, this.#index + (isAtEnd ? 1 : 0), isAtEnd ? 0 : steepness);
  }
}

/** Liquidities at the same steepness add up. */
function* merged(curves: readonly PriceCurve[]): Generator<Stretch> {
  const climbs = curves.map((curve) => new Climb(curve));
  let from = Math.min(...curves.map(({ steepness }) => steepness));
  while (from < Number.POSITIVE_INFINITY) {
    let [to, liquidity, gasUsed] = [Number.POSITIVE_INFINITY, 0, 0];
    for (const climb of climbs) {
      const place = climb.at(from);
      liquidity += place.liquidity;
      gasUsed += place.gasUsed;
      to = Math.min(to, place.until);
    }
    if (liquidity > 0) yield { from, to, liquidity, gasUsed };
    from = to;
  }
}

/** One curve of several, all climbed at once. */
class Climb {
  readonly #curve: PriceCurve;
  #index = 0;

  constructor(curve: PriceCurve) {
    this.#curve = curve;
  }

  /** Before its start nothing is traded, and between two stretches nothing more. @param steepness only grows */
  at(steepness: number) {
    const piece = this.#pieceBeyond(steepness);
    if (piece !== undefined && piece.from <= steepness) {
      return { liquidity: piece.liquidity, gasUsed: piece.gasUsed, until: piece.to };
    }
    const behind = this.#curve.piece(this.#index - 1);
    return {
      ...{ liquidity: 0, gasUsed: behind?.gasUsed ?? 0 },
      until: piece?.from ?? Number.POSITIVE_INFINITY,
    };
  }

  #pieceBeyond(steepness: number): Piece | undefined {
    let piece = this.#curve.piece(this.#index);
    while (piece !== undefined && piece.to <= steepness) {
      this.#index += 1;
      piece = this.#curve.piece(this.#index);
    }
    return piece;
  }
}
