import type { AllowedCall, Call } from '../../call.ts';
import type { Opportunity } from '../../domain.ts';
import { encodeSwapCallback } from '../../executor.ts';
import type { Address } from '../../hex.ts';
import { mulDivDown } from '../../math/fixed-point.ts';
import { allowedCall } from '../allowed-call.ts';
import { preLiquidationInterface } from './abi.ts';
import { borrowTotals } from './health.ts';
import { assetsOf, sharesOf } from './math.ts';
import { CALLBACK_GAS, PROTOCOL } from './opportunity.ts';
import {
  largestPreLiquidation,
  type PreLiquidatedMarket,
  type PreLiquidationEffects,
  preHealthFactorWad,
  preLiquidate,
} from './pre-liquidation.ts';
import type { MarketParams, Position } from './state.ts';

/** Of `preLiquidate` without a callback: our stand-in on @morpho-org/morpho-blue@1.0.0, anvil 1.7.1. */
export const PRE_LIQUIDATION_GAS = 250_000n;

/** It pays its caller and names nobody. */
export const preLiquidateOf = (preLiquidation: Address): AllowedCall =>
  allowedCall(preLiquidation, preLiquidationInterface, 'preLiquidate');

/** One position that a contract may liquidate in part before Morpho does. */
export interface OpenForPreLiquidation {
  readonly preLiquidation: Address;
  readonly marketParams: MarketParams;
  readonly market: PreLiquidatedMarket;
  readonly borrower: Address;
  readonly position: Position;
}

/** Any size up to what the close factor allows. */
export function preOpportunityOf(open: OpenForPreLiquidation): Opportunity | undefined {
  const { market, marketParams, borrower, position } = open;
  const health = preHealthFactorWad(market, position);
  const largest = largestPreLiquidation(market, position);
  if (health === undefined || largest === undefined) return undefined;
  const maxDebtToCover = largest.repaidAssets;
  const at = (debtToCover: bigint): PreLiquidationEffects | undefined => {
    if (debtToCover >= maxDebtToCover) return debtToCover === maxDebtToCover ? largest : undefined;
    const totals = borrowTotals(market.priced.market);
    const repaidShares = mulDivDown(debtToCover, sharesOf(totals), assetsOf(totals));
    const done = preLiquidate(market, position, { seizedAssets: 0n, repaidShares });
    return done.executed ? done : undefined;
  };
  return {
    ...{ protocol: PROTOCOL, borrower, healthFactorWad: health, steps: 1, seizes: 'underlying' },
    // As a liquidation by Morpho itself: one of the two, not both.
    position: Object.values(marketParams).join(),
    ...{ debtAsset: marketParams.loanToken, collateralAsset: marketParams.collateralToken },
    ...{ maxDebtToCover, kinks: [0n, maxDebtToCover], callbackGas: CALLBACK_GAS },
    quote(debtToCover) {
      const done = at(debtToCover);
      return (
        done && {
          ...{ debtToCover: done.repaidAssets, seizedCollateral: done.seizedAssets },
          ...{ protocolFee: 0n, gasUsed: PRE_LIQUIDATION_GAS },
        }
      );
    },
    encode: ({ debtToCover }, inner) => {
      const done = at(debtToCover);
      return done === undefined ? [] : [callOf(open, done, inner)];
    },
  };
}

/** The collateral comes first; with `inner` the executor is called back before the debt is pulled. */
function callOf(
  { preLiquidation: target, borrower, marketParams: { loanToken } }: OpenForPreLiquidation,
  { repaidAssets, repaidShares }: PreLiquidationEffects,
  inner: readonly Call[] | undefined,
): Call {
  const data = (callback: string) =>
    preLiquidationInterface.encodeFunctionData('preLiquidate', [borrower, 0n, repaidShares, callback]);
  return inner === undefined
    ? { target, data: data('0x'), approve: { token: loanToken, amount: repaidAssets } }
    : { target, data: data(encodeSwapCallback(loanToken, inner)), callsBack: true };
}
