/** USD prices that feeds report, with 8 decimals. */
export type Prices = Readonly<Record<FeedSymbol, bigint>>;

export const FEED_SYMBOLS = ['ETH', 'BTC', 'USDC', 'DAI'] as const;
export type FeedSymbol = (typeof FEED_SYMBOLS)[number];

/** Of 2025-10-10 05:55 UTC, where the crash begins; ETH is round 9280 of Aave's ETH/USD aggregator. */
export const START_PRICES: Prices = {
  ETH: 4_369_67627900n,
  BTC: 121_400_00000000n,
  USDC: 99_983000n,
  DAI: 99_991000n,
};

/** The market while ether is at `ethAnswer`: bitcoin falls half as much, stable coins stay. */
export function pricesAt(ethAnswer: bigint): Prices {
  const BTC = (START_PRICES.BTC * (START_PRICES.ETH + ethAnswer)) / (2n * START_PRICES.ETH);
  return { ...START_PRICES, ETH: ethAnswer, BTC };
}
