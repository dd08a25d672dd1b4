import type { AllowedCall, Call } from '../../call.ts';
import type { LiquidationQuote, Opportunity } from '../../domain.ts';
import { encodeSwapCallback } from '../../executor.ts';
import type { Address } from '../../hex.ts';
import { allowedCall } from '../allowed-call.ts';
import { morphoInterface } from './abi.ts';
import { healthFactorWad, type PricedMarket } from './health.ts';
import {
  type Effects,
  type LiquidationInput,
  largestLiquidation,
  liquidate,
  liquidateAssets,
} from './liquidation.ts';
import type { MarketParams, Position } from './state.ts';

export const PROTOCOL = 'morpho-blue';

/** It pays its caller and names nobody. */
export const liquidateOf = (morpho: Address): AllowedCall =>
  allowedCall(morpho, morphoInterface, 'liquidate');

/** Of `liquidate` without a callback, three feeds behind the oracle: @morpho-org/morpho-blue@1.0.0 on anvil 1.7.1. */
export const LIQUIDATION_GAS = 190_000n;

/** On top of that, what the executor does between being called back and letting the debt be taken. */
export const CALLBACK_GAS = 10_000n;

/** One position of a market that is open for liquidation. */
export interface OpenPosition {
  readonly morpho: Address;
  readonly params: MarketParams;
  readonly priced: PricedMarket;
  readonly borrower: Address;
  readonly position: Position;
}

/** Any size up to the whole debt, or up to the whole collateral where that is worth less. */
export function opportunityOf(open: OpenPosition): Opportunity | undefined {
  const { params, priced, position, borrower } = open;
  const health = healthFactorWad(position, priced);
  const largest = largestLiquidation(priced, position);
  if (health === undefined || largest === undefined || largest.repaidAssets === 0n) return undefined;
  const maxDebtToCover = largest.repaidAssets;
  const everything = liquidate(priced, position, { seizedAssets: position.collateral, repaidShares: 0n });
  const at = (debtToCover: bigint): Effects | undefined => {
    if (debtToCover === maxDebtToCover) return largest;
    // Of a little collateral several debts take all; who asks for it by itself pays the least of them.
    const takesAll = everything.executed && everything.repaidAssets <= debtToCover;
    if (takesAll && debtToCover < maxDebtToCover) return everything;
    const done = liquidateAssets(priced, position, debtToCover);
    return done.executed ? done : undefined;
  };
  return {
    ...{ protocol: PROTOCOL, borrower, healthFactorWad: health, steps: 1, seizes: 'underlying' },
    ...{ debtAsset: params.loanToken, collateralAsset: params.collateralToken },
    // Every market stands for itself.
    position: Object.values(params).join(),
    ...{ maxDebtToCover, kinks: [0n, maxDebtToCover] },
    quote(debtToCover) {
      const done = at(debtToCover);
      return done && quoteOf(done);
    },
    callbackGas: CALLBACK_GAS,
    encode: ({ debtToCover }, inner) => {
      const done = at(debtToCover);
      if (done === undefined) return [];
      return [inner === undefined ? liquidateCall(open, done) : liquidateAround(open, done, inner)];
    },
  };
}

const quoteOf = ({ repaidAssets, seizedAssets }: Effects): LiquidationQuote => ({
  debtToCover: repaidAssets,
  seizedCollateral: seizedAssets,
  protocolFee: 0n,
  gasUsed: LIQUIDATION_GAS,
});

function liquidateCall(open: OpenPosition, done: Effects): Call {
  return {
    target: open.morpho,
    data: encodeLiquidate(open, done, '0x'),
    approve: { token: open.params.loanToken, amount: done.repaidAssets },
  };
}

/** The collateral comes first; the executor runs `inner`, then lets Morpho take what is owed. */
const liquidateAround = (open: OpenPosition, done: Effects, inner: readonly Call[]): Call => ({
  target: open.morpho,
  data: encodeLiquidate(open, done, encodeSwapCallback(open.params.loanToken, inner)),
  callsBack: true,
});

function encodeLiquidate({ params, borrower, position }: OpenPosition, done: Effects, data: string): string {
  const { seizedAssets, repaidShares } = argumentsFor(position, done);
  return morphoInterface.encodeFunctionData('liquidate', [
    { ...params },
    borrower,
    seizedAssets,
    repaidShares,
    data,
  ]);
}

/**
 * By the collateral where all of it goes: what is then left of the debt is written off. By shares anywhere else,
 * so that a whole debt leaves nothing.
 */
const argumentsFor = ({ collateral, borrowShares }: Position, done: Effects): LiquidationInput =>
  done.seizedAssets === collateral && done.repaidShares < borrowShares
    ? { seizedAssets: collateral, repaidShares: 0n }
    : { seizedAssets: 0n, repaidShares: done.repaidShares };
