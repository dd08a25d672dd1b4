import { addressIn } from '../../ethereum/address.ts';
import type { Address } from '../../hex.ts';
import type { PriceSource } from '../../oracles/price-source.ts';
import type { OracleState } from '../../oracles/read.ts';

/** What a price feed of Compound's own computes of others, as it was found to be made. */
export interface Composition {
  readonly inputs: readonly Address[];
  /** Of the inputs' answers, in their order. @param decimals of the inputs */
  answer(inputs: readonly bigint[], decimals: readonly bigint[]): bigint;
}

/** What a contract returned, by the name of the getter; absent where it does not answer. */
export type Answers = ReadonlyMap<string, bigint>;

interface Kind {
  readonly getters: readonly string[];
  compose(answers: Answers): Composition;
}

const word = (answers: Answers, getter: string): bigint => answers.get(getter) ?? 0n;

/** A price below 1 makes the contract answer 0, which a Comet refuses. */
const product = (one: string, other: string): Kind => ({
  getters: [one, other, 'combinedScale', 'priceFeedScale'],
  compose: (answers) => ({
    inputs: [one, other].map((getter) => addressIn(word(answers, getter))),
    answer: ([a = 0n, b = 0n]) =>
      a <= 0n || b <= 0n ? 0n : (a * b * word(answers, 'priceFeedScale')) / word(answers, 'combinedScale'),
  }),
});

const quotient: Kind = {
  getters: ['priceFeedA', 'priceFeedB', 'priceFeedAScalling', 'priceFeedScale'],
  compose: (answers) => ({
    inputs: ['priceFeedA', 'priceFeedB'].map((getter) => addressIn(word(answers, getter))),
    answer: ([a = 0n, b = 0n], [, decimals = 0n]) =>
      a <= 0n || b <= 0n
        ? 0n
        : (a * 10n ** decimals * word(answers, 'priceFeedScale')) / b / word(answers, 'priceFeedAScalling'),
  }),
};

const rescaled: Kind = {
  getters: ['underlyingPriceFeed', 'decimals'],
  compose: (answers) => ({
    inputs: [addressIn(word(answers, 'underlyingPriceFeed'))],
    answer: ([price = 0n], [from = 0n]) => {
      const to = word(answers, 'decimals');
      return from < to ? price * 10n ** (to - from) : price / 10n ** (from - to);
    },
  }),
};

/**
 * github.com/compound-finance/comet `contracts/pricefeeds/`: `MultiplicativePriceFeed.sol`, `WBTCPriceFeed.sol`,
 * `ReverseMultiplicativePriceFeed.sol`, `ScalingPriceFeed.sol`.
 */
const KINDS: readonly Kind[] = [
  product('priceFeedA', 'priceFeedB'),
  product('WBTCToBTCPriceFeed', 'BTCToUSDPriceFeed'),
  quotient,
  rescaled,
];

export const GETTERS: readonly string[] = [...new Set(KINDS.flatMap(({ getters }) => getters))];

/** `undefined` for a contract that answers none of what makes one of these. */
export function compositionOf(answers: Answers): Composition | undefined {
  const kind = KINDS.find(({ getters }) => getters.every((getter) => (answers.get(getter) ?? 0n) !== 0n));
  return kind?.compose(answers);
}

/** What the price feeds said, and how they follow the aggregators behind them. */
export interface PriceFeeds {
  readonly oracle: OracleState;
  /** By price feed: those that we compute. */
  readonly followed: ReadonlyMap<Address, PriceSource>;
  /** By price feed; absent for one that reverts. */
  readonly answers: ReadonlyMap<Address, bigint>;
}
