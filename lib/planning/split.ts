/** One market's part of a trade: how steep its price is afterwards, and anything else. */
export interface Part {
  /** Grows with the amount; within one range of liquidity, in proportion to it. */
  readonly steepness: number;
}

/** `undefined` where the market does not take the amount. */
export type PartAt<T extends Part> = (amount: bigint) => T | undefined;

/** One market, and what is known of it already. */
export class Market<T extends Part> {
  readonly #partAt: PartAt<T>;
  /** By amount, ascending; the first is nothing. */
  readonly #knots: Knot[];
  #limit = Number.POSITIVE_INFINITY;
  readonly #parts = new Map<bigint, T | undefined>();

  /** @param start the steepness before any trade */
  constructor(start: number, partAt: PartAt<T>) {
    this.#partAt = partAt;
    this.#knots = [{ amount: 0, steepness: start }];
  }

  /** Looks, once, and remembers for every later total. */
  look(amount: bigint): T | undefined {
    if (this.#parts.has(amount)) return this.#parts.get(amount);
    const part = this.#partAt(amount);
    this.#parts.set(amount, part);
    // A market that is emptied has no price any more.
    if (part === undefined || !Number.isFinite(part.steepness)) {
      this.#limit = Math.min(this.#limit, Number(amount));
    } else this.#remember({ amount: Number(amount), steepness: part.steepness });
    return part;
  }

  /** Whether it is known as far as this amount, or as far as it goes. */
  isKnownTo(amount: bigint): boolean {
    const farthest = this.#knots.at(-1)?.amount ?? 0;
    return farthest > 0 && Math.min(Number(amount), this.#limit / 2) <= farthest;
  }

  /** The amount at which it becomes as steep, by straight lines between what is known. */
  amountAt(steepness: number): number {
    const above = this.#knots.findIndex((knot) => knot.steepness >= steepness);
    if (above === 0) return 0;
    const right = above === -1 ? this.#knots.length - 1 : above;
    const [from, to] = [this.#knots[Math.max(right - 1, 0)], this.#knots[right]];
    if (from === undefined || to === undefined || to.steepness <= from.steepness) return to?.amount ?? 0;
    const slope = (to.amount - from.amount) / (to.steepness - from.steepness);
    const amount = from.amount + (steepness - from.steepness) * slope;
    return amount < this.#limit ? amount : (to.amount + this.#limit) / 2;
  }

  get start(): number {
    return this.#knots[0]?.steepness ?? 0;
  }

  /** The steepest that was seen. */
  get end(): number {
    return this.#knots.at(-1)?.steepness ?? 0;
  }

  #remember(knot: Knot): void {
    const at = this.#knots.findIndex(({ amount }) => amount >= knot.amount);
    if (at === -1) this.#knots.push(knot);
    else if (this.#knots[at]?.amount !== knot.amount) this.#knots.splice(at, 0, knot);
  }
}

interface Knot {
  readonly amount: number;
  readonly steepness: number;
}

/**
 * Divides a total so that all markets that get a part are equally steep afterwards: no other division trades
 * better, but for rounding. `undefined` where they do not take the total together. A few looks at each market.
 */
export function equalised<T extends Part>(
  total: bigint,
  markets: readonly Market<T>[],
): readonly (T | undefined)[] | undefined {
  for (const market of markets) lookFarEnough(market, total);
  let shares: readonly bigint[] = [];
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const level = levelFor(Number(total), markets);
    shares = wholeShares(
      total,
      markets.map((market) => market.amountAt(level)),
    );
    if (markets.every((market, index) => isLevel(market, shares[index] ?? 0n, level))) break;
  }
  const parts = markets.map((market, index) => {
    const share = shares[index] ?? 0n;
    return share === 0n ? undefined : market.look(share);
  });
  return parts.every((part, index) => part !== undefined || shares[index] === 0n) ? parts : undefined;
}

const MOST_ROUNDS = 12;
const MOST_HALVINGS = 12;
const BISECTIONS = 100;
/** Of the price: what is gained beyond is far below a millionth of the trade. */
const TOLERANCE = 1e-7;

function lookFarEnough<T extends Part>(market: Market<T>, total: bigint): void {
  if (market.isKnownTo(total)) return;
  let amount = total;
  for (let look = 0; look < MOST_HALVINGS && amount > 0n; look += 1) {
    if (market.look(amount) !== undefined) return;
    amount /= 2n;
  }
}

function isLevel<T extends Part>(market: Market<T>, share: bigint, level: number): boolean {
  if (share === 0n) return true;
  const part = market.look(share);
  return part !== undefined && Math.abs(part.steepness - level) <= TOLERANCE * Math.abs(level);
}

/** The steepness at which all together take the total. */
function levelFor<T extends Part>(total: number, markets: readonly Market<T>[]): number {
  let low = Math.min(...markets.map(({ start }) => start));
  let high = Math.max(...markets.map(({ end }) => end));
  for (let step = 0; step < BISECTIONS; step += 1) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) break;
    const taken = markets.reduce((sum, market) => sum + market.amountAt(middle), 0);
    if (taken < total) low = middle;
    else high = middle;
  }
  return high;
}

/** Rounded down, and the rest to the largest; the shares sum to the total. */
function wholeShares(total: bigint, amounts: readonly number[]): readonly bigint[] {
  const sum = amounts.reduce((all, amount) => all + amount, 0);
  const shares = amounts.map((amount) =>
    sum > 0 ? (total * BigInt(Math.floor((amount / sum) * SHARE_UNITS))) / BigInt(SHARE_UNITS) : 0n,
  );
  const rest = total - shares.reduce((all, share) => all + share, 0n);
  const largest = amounts.indexOf(Math.max(...amounts));
  return shares.map((share, index) => (index === largest ? share + rest : share));
}

const SHARE_UNITS = 2 ** 50;
