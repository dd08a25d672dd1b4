import { ZeroAddress } from 'ethers';
import { totalDebt } from './account.ts';
import type { Market } from './accrual.ts';
import { executeLiquidationCall, type Liquidation, type LiquidationResult } from './liquidation.ts';
import type { Account } from './state.ts';

/** Repays `debtToCover` of one pair and takes the underlying: what the pool would do. */
export type Liquidate = (debtToCover: bigint) => LiquidationResult;

/** More than any debt: the protocol cuts it to what it allows. */
export const EVERYTHING = 2n ** 256n - 1n;

export function liquidateBy(
  market: Market,
  account: Account,
  collateralId: number,
  debtId: number,
): Liquidate {
  return (debtToCover) =>
    executeLiquidationCall(market, account, {
      collateralId,
      debtId,
      debtToCover,
      receiveAToken: false,
      liquidator: ZeroAddress,
    });
}

/**
 * The largest liquidation of one pair that the pool accepts, or `undefined`. Asking for everything is refused
 * where half of the position would leave dust, or where the reserve cannot pay out so much collateral.
 */
export function largestLiquidation(
  market: Market,
  account: Account,
  collateralId: number,
  debtId: number,
): Liquidation | undefined {
  const liquidate = liquidateBy(market, account, collateralId, debtId);
  const everything = liquidate(EVERYTHING);
  if (everything.executed) return everything;
  const debt = market.reserves[debtId];
  if (debt === undefined || !isTooLarge(everything)) return undefined;
  const largest = liquidate(largestNotTooLarge(liquidate, totalDebt(market, account, debt)));
  return largest.executed ? largest : undefined;
}

const isTooLarge = (result: LiquidationResult): boolean =>
  !result.executed && (result.reason === 'MustNotLeaveDust' || result.reason === 'InsufficientLiquidity');

/** Both reasons, once met, hold for every larger repayment short of everything: bisect. */
function largestNotTooLarge(liquidate: Liquidate, tooLarge: bigint): bigint {
  let [low, high] = [0n, tooLarge];
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (isTooLarge(liquidate(middle))) high = middle;
    else low = middle;
  }
  return low;
}
