import type { MorphoBook } from '../../../../lib/protocols/morpho-blue/book.ts';
import { isHealthy, type PricedMarket } from '../../../../lib/protocols/morpho-blue/health.ts';
import {
  type Liquidation,
  type LiquidationInput,
  liquidate,
} from '../../../../lib/protocols/morpho-blue/liquidation.ts';
import { opportunityOf } from '../../../../lib/protocols/morpho-blue/opportunity.ts';
import type { MarketState } from '../../../../lib/protocols/morpho-blue/read.ts';
import type { MarketParams, Position } from '../../../../lib/protocols/morpho-blue/state.ts';
import type { Random } from '../random.ts';
import type { FuzzMorpho } from './market.ts';
import type { Attempt } from './steps.ts';

/** One market of one block, as the model has it after every attempt so far. */
export interface MarketInPlay {
  readonly params: MarketParams;
  priced: PricedMarket;
  /** Those that owe something. */
  readonly positions: Map<string, Position>;
  /** Those that owe nothing, which no book holds: the contract looks at their collateral all the same. */
  readonly bystanders: ReadonlyMap<string, Position>;
}

export interface Predicted {
  readonly attempt: Attempt;
  readonly expected: Liquidation;
}

const ATTEMPTS = 12;
export const NOTHING: Position = { borrowShares: 0n, collateral: 0n };

const positionOf = ({ positions, bystanders }: MarketInPlay, borrower: string): Position =>
  positions.get(borrower) ?? bystanders.get(borrower) ?? NOTHING;

/** Every market with a debt at the block's time and new price; a market whose interest overflows is left out. */
export function marketsInPlay(
  random: Random,
  book: MorphoBook,
  prices: Map<MarketParams, bigint>,
  timestamp: number,
  bystandersOf: (state: MarketState) => ReadonlyMap<string, Position>,
): readonly MarketInPlay[] {
  return book.snapshot.markets.flatMap((state) => {
    const priced = book.marketAfter(state, [], timestamp);
    const params = [...prices.keys()].find(({ oracle }) => oracle === state.params.oracle);
    if (priced === undefined || params === undefined) return [];
    const collateralPrice36 = movedPrice(random, state, priced);
    prices.set(params, collateralPrice36);
    return [
      {
        ...{ params, priced: { ...priced, collateralPrice36 } },
        ...{ positions: new Map(state.positions), bystanders: bystandersOf(state) },
      },
    ];
  });
}

/** Down by a little or a lot, or to the very price at which one borrower falls. */
function movedPrice(random: Random, { positions }: MarketState, priced: PricedMarket): bigint {
  const borrowers = [...positions.values()];
  const one = borrowers[random.integer(0, borrowers.length - 1)];
  if (one !== undefined && one.collateral > 0n && random.chance(0.4)) {
    return lowestHealthyPrice(priced, one) - BigInt(random.integer(0, 1));
  }
  const permille = BigInt(random.pick([0, random.integer(1, 1_000), random.integer(850, 1_050), 1_000]));
  return (priced.collateralPrice36 * permille) / 1_000n;
}

function lowestHealthyPrice(priced: PricedMarket, position: Position): bigint {
  let [low, high] = [0n, 2n ** 160n];
  while (high - low > 1n) {
    const collateralPrice36 = (low + high) / 2n;
    if (isHealthy(position, { ...priced, collateralPrice36 })) high = collateralPrice36;
    else low = collateralPrice36;
  }
  return high;
}

/** Attempts one after the other, each on what the model says the one before it leaves. */
export function randomAttempts(
  random: Random,
  fuzz: FuzzMorpho,
  markets: readonly MarketInPlay[],
): Predicted[] {
  return markets.flatMap((market) => {
    const predicted: Predicted[] = [];
    while (predicted.length < ATTEMPTS && (isAnyOpen(market) || random.chance(0.5))) {
      const borrower = randomBorrower(random, fuzz, market);
      const attempt = randomAttempt(random, fuzz, market, borrower);
      predicted.push({ attempt, expected: predict(market, attempt) });
    }
    return predicted;
  });
}

const isAnyOpen = ({ positions, priced }: MarketInPlay): boolean =>
  [...positions.values()].some((position) => !isHealthy(position, priced));

/** Mostly one who can be liquidated. */
function randomBorrower(
  random: Random,
  { borrowers }: FuzzMorpho,
  { positions, priced }: MarketInPlay,
): string {
  const open = [...positions].filter(([, position]) => !isHealthy(position, priced)).map(([who]) => who);
  return random.pick(asPicks(open.length > 0 && random.chance(0.85) ? open : borrowers));
}

function predict(market: MarketInPlay, { borrower, input }: Attempt): Liquidation {
  const expected = liquidate(market.priced, positionOf(market, borrower), input);
  if (expected.executed) {
    market.priced = { ...market.priced, market: expected.marketAfter };
    market.positions.set(borrower, expected.positionAfter);
  }
  return expected;
}

function randomAttempt(random: Random, fuzz: FuzzMorpho, market: MarketInPlay, borrower: string): Attempt {
  const { params, priced } = market;
  const position = positionOf(market, borrower);
  const isOpen = !isHealthy(position, priced);
  if (isOpen && random.chance(0.4)) {
    const attempt = byOpportunity(random, fuzz, market, borrower, position);
    if (attempt !== undefined) return attempt;
  }
  return { params, borrower, input: randomInput(random, position) };
}

/** The bytes that a plan would send; what they ask for is read back from them. */
function byOpportunity(
  random: Random,
  { morpho }: FuzzMorpho,
  { params, priced }: MarketInPlay,
  borrower: string,
  position: Position,
): Attempt | undefined {
  const opportunity = opportunityOf({ morpho, params, priced, borrower, position });
  if (opportunity === undefined) return undefined;
  const { maxDebtToCover } = opportunity;
  const size = random.chance(0.5)
    ? maxDebtToCover
    : (maxDebtToCover * BigInt(random.integer(1, 1_000))) / 1_000n;
  const quote = opportunity.quote(size);
  const [call] = quote === undefined ? [] : opportunity.encode(quote);
  if (quote === undefined || call === undefined) return undefined;
  return { params, borrower, input: inputOf(call.data), encoded: call.data, quote };
}

/** Words 6 and 7 of the arguments: behind the market's five and the borrower. */
const inputOf = (data: string): LiquidationInput => ({
  seizedAssets: wordOf(data, 6),
  repaidShares: wordOf(data, 7),
});

const wordOf = (data: string, index: number): bigint =>
  BigInt(`0x${data.slice(10 + 64 * index, 74 + 64 * index)}`);

function randomInput(random: Random, { borrowShares, collateral }: Position): LiquidationInput {
  const few = BigInt(random.integer(-2, 2));
  const around = (amount: bigint) =>
    random.pick([
      () => amount,
      () => amount + few,
      () => (amount * BigInt(random.integer(1, 1_000))) / 1_000n,
      () => (amount * BigInt(random.integer(1, 250))) / 1_000n,
      () => (amount * BigInt(random.integer(1, 1_000))) / 1_000_000n + 1n,
      () => random.amount(1, Math.max(2, amount.toString(2).length)),
      () => (random.chance(0.3) ? random.amount(120, 255) : amount / 2n),
    ])();
  const amount = (of: bigint) => {
    const size = around(of);
    return size < 0n ? 0n : size;
  };
  if (random.chance(0.03)) return { seizedAssets: amount(collateral), repaidShares: amount(borrowShares) };
  return random.chance(0.5)
    ? { seizedAssets: amount(collateral), repaidShares: 0n }
    : { seizedAssets: 0n, repaidShares: amount(borrowShares) };
}

function asPicks<T>(items: readonly T[]): readonly [T, ...T[]] {
  const [first, ...rest] = items;
  if (first === undefined) throw new Error('There is nobody to pick from.');
  return [first, ...rest];
}
