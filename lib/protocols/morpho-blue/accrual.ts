import { MAX_UINT128, overflows, toSharesDown, wMulDown, wTaylorCompounded } from './math.ts';
import type { Market } from './state.ts';

/**
 * The market once its interest up to this time is added: `@morpho-org/morpho-blue@1.0.0
 * src/Morpho.sol#_accrueInterest`.
 *
 * @param borrowRateWad a second's; `undefined` for a market without an interest rate model
 * @returns `undefined` where the contract overflows, and with it everything that accrues
 */
export function accrueInterest(
  market: Market,
  borrowRateWad: bigint | undefined,
  timestampSeconds: number,
): Market | undefined {
  const elapsed = BigInt(timestampSeconds - market.lastUpdate);
  if (elapsed === 0n) return market;
  if (borrowRateWad === undefined) return { ...market, lastUpdate: timestampSeconds };
  const compounded = wTaylorCompounded(borrowRateWad, elapsed);
  const interest = wMulDown(market.totalBorrowAssets, compounded);
  const totalBorrowAssets = market.totalBorrowAssets + interest;
  const totalSupplyAssets = market.totalSupplyAssets + interest;
  const totalSupplyShares = market.totalSupplyShares + feeShares(market, interest);
  const isTooLarge = [totalBorrowAssets, totalSupplyAssets, totalSupplyShares].some((x) => x > MAX_UINT128);
  if (isTooLarge || overflows((borrowRateWad * elapsed) ** 2n, market.totalBorrowAssets * compounded)) {
    return undefined;
  }
  return { ...market, totalBorrowAssets, totalSupplyAssets, totalSupplyShares, lastUpdate: timestampSeconds };
}

/** The fee is taken as new shares of what the suppliers have, the fee itself left out. */
function feeShares({ fee, totalSupplyAssets, totalSupplyShares }: Market, interest: bigint): bigint {
  const feeAmount = wMulDown(interest, fee);
  const assets = totalSupplyAssets + interest - feeAmount;
  return toSharesDown(feeAmount, { assets, shares: totalSupplyShares });
}
