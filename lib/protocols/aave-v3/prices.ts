import type { Address } from '../../hex.ts';
import type { AnswerOf, PriceSource } from '../../oracles/price-source.ts';
import type { PriceOf } from './accrual.ts';

/** One `AaveOracle`, as read at one block. */
export interface PriceBook {
  readonly baseCurrency: Address;
  readonly baseCurrencyUnit: bigint;
  /** By asset; an asset without a source is priced by the fallback oracle alone. */
  readonly sources: ReadonlyMap<Address, PriceSource>;
  /** What the fallback oracle said, by asset; absent where it reverts or there is none. */
  readonly fallbackPrices: ReadonlyMap<Address, bigint>;
}

/** `AaveOracle.sol#getAssetPrice`: the source's answer where it is positive, or else the fallback's price. */
export function priceOf(prices: PriceBook, answerOf: AnswerOf, timestampSeconds: number): PriceOf {
  return (asset) => {
    if (asset === prices.baseCurrency) return prices.baseCurrencyUnit;
    const answer = prices.sources.get(asset)?.latestAnswer(answerOf, timestampSeconds) ?? 0n;
    return answer > 0n ? answer : prices.fallbackPrices.get(asset);
  };
}

/** Every asset whose price an update of this aggregator may move. */
export const assetsMovedBy = (prices: PriceBook, aggregator: Address): readonly Address[] =>
  [...prices.sources].filter(([, source]) => source.aggregators.includes(aggregator)).map(([asset]) => asset);
