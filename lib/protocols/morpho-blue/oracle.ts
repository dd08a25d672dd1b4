import type { Address } from '../../hex.ts';
import type { AnswerOf, PriceSource } from '../../oracles/price-source.ts';

/** What a market's `price()` is made of, at one block. */
export interface MarketOracle {
  readonly address: Address;
  /** Every aggregator whose update moves the price. */
  readonly aggregators: readonly Address[];
  /** Raw loan tokens for one raw collateral token, × 1e36; `undefined` where the contract reverts. */
  price36(answerOf: AnswerOf, timestampSeconds: number): bigint | undefined;
  /** Why the price stays frozen at what the contract said: somebody should look at it. */
  readonly opaqueBecause?: OpaqueReason;
}

export type OpaqueReason = 'unknownContract' | 'doesNotAnswer' | 'computesDifferently';

/** One factor of the price that a feed gives. */
export interface FeedFactor {
  /** Followed down to its aggregators; `undefined` where nobody knows how the feed is made. */
  readonly source: PriceSource | undefined;
  /** What it said at the block that was read. */
  readonly answer: bigint;
}

/** `MorphoChainlinkOracleV2.sol`'s parameters; one that the oracle does without is 1, or is not there. */
export interface Composition {
  readonly scaleFactor: bigint;
  readonly baseFeeds: readonly FeedFactor[];
  readonly quoteFeeds: readonly FeedFactor[];
  /** What the vaults' samples were worth at the block that was read. */
  readonly baseVaultAssets: bigint;
  readonly quoteVaultAssets: bigint;
}

/**
 * scale × vault × feeds / (vault × feeds), rounded down once: github.com/morpho-org/morpho-blue-oracles
 * `src/morpho-chainlink/MorphoChainlinkOracleV2.sol#price`, and the version before it.
 */
export function composedOracle(address: Address, composition: Composition): MarketOracle {
  const { scaleFactor, baseFeeds, quoteFeeds, baseVaultAssets, quoteVaultAssets } = composition;
  const sources = [...baseFeeds, ...quoteFeeds].flatMap(({ source }) => source ?? []);
  return {
    address,
    aggregators: [...new Set(sources.flatMap(({ aggregators }) => aggregators))],
    price36(answerOf, timestampSeconds) {
      const answers = (feeds: readonly FeedFactor[]) =>
        feeds.map(({ source, answer }) => source?.latestAnswer(answerOf, timestampSeconds) ?? answer);
      const [base, quote] = [answers(baseFeeds), answers(quoteFeeds)];
      // The contract refuses negative answers, and a zero below the line.
      if ([...base, ...quote].some((answer) => answer < 0n)) return undefined;
      const denominator = product(quote, quoteVaultAssets);
      return denominator === 0n ? undefined : (scaleFactor * product(base, baseVaultAssets)) / denominator;
    },
  };
}

const product = (factors: readonly bigint[], start: bigint): bigint =>
  factors.reduce((total, factor) => total * factor, start);

/** Frozen at what it said; no update moves it. */
export const opaqueOracle = (
  address: Address,
  answer: bigint | undefined,
  opaqueBecause: OpaqueReason,
): MarketOracle => ({
  address,
  aggregators: [],
  price36: () => answer,
  opaqueBecause: answer === undefined ? 'doesNotAnswer' : opaqueBecause,
});
