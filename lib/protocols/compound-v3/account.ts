import { WAD } from '../../math/fixed-point.ts';
import { mulFactor, mulPrice, presentValue } from './math.ts';
import type { Account, AssetInfo, Comet, PricedComet } from './state.ts';

/** What the contract says of an account, or why it says nothing. */
export type Liquidatable = { readonly answer: boolean } | { readonly refused: 'BadPrice' };

/**
 * `Comet.sol#isLiquidatable`: the debt's value against the collateral's, weighted. It stops as soon as the debt is
 * covered, so that a feed behind that asset may be broken.
 */
export function isLiquidatable(market: PricedComet, account: Account): Liquidatable {
  if (account.principal >= 0n) return { answer: false };
  const debt = debtValue(market, account);
  if (debt === undefined) return { refused: 'BadPrice' };
  let liquidity = debt;
  for (const info of assetsOf(market.comet, account)) {
    if (liquidity >= 0n) return { answer: false };
    const value = weightedValue(market, account, info);
    if (value === undefined) return { refused: 'BadPrice' };
    liquidity += value;
  }
  return { answer: liquidity < 0n };
}

/** Below 1e18 exactly where the account is liquidatable; `undefined` without a debt of any value, or a price. */
export function healthFactorWad(market: PricedComet, account: Account): bigint | undefined {
  const debt = account.principal < 0n ? debtValue(market, account) : undefined;
  if (debt === undefined || debt === 0n) return undefined;
  let weighted = 0n;
  for (const info of assetsOf(market.comet, account)) {
    const value = weightedValue(market, account, info);
    if (value === undefined) return undefined;
    weighted += value;
  }
  return (weighted * WAD) / -debt;
}

/** The assets whose bit is set, by offset. */
export const assetsOf = ({ assets }: Comet, { assetsIn }: Account): readonly AssetInfo[] =>
  assets.filter(({ offset }) => (assetsIn >> offset) & 1);

/** At most 0: a fraction of a price unit is no debt. */
function debtValue({ comet, totals, priceOf }: PricedComet, { principal }: Account): bigint | undefined {
  const price = priceOf(comet.basePriceFeed);
  return price === undefined ? undefined : mulPrice(presentValue(principal, totals), price, comet.baseScale);
}

function weightedValue(
  { comet, priceOf }: PricedComet,
  { collateral }: Account,
  { asset, priceFeed, scale, liquidateCollateralFactor: factor }: AssetInfo,
): bigint | undefined {
  if (comet.skipsZeroFactors && factor === 0n) return 0n;
  const price = priceOf(priceFeed);
  return price === undefined
    ? undefined
    : mulFactor(mulPrice(collateral.get(asset) ?? 0n, price, scale), factor);
}
