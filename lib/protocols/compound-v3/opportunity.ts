import type { AllowedCall, Call } from '../../call.ts';
import type { LiquidationQuote, Opportunity } from '../../domain.ts';
import type { Address } from '../../hex.ts';
import { max, min } from '../../math/fixed-point.ts';
import { allowedCall } from '../allowed-call.ts';
import { cometInterface } from './abi.ts';
import { type AbsorbEffects, absorb } from './absorption.ts';
import { healthFactorWad } from './account.ts';
import type { Account, AssetInfo, PricedComet } from './state.ts';
import {
  collateralReservesOf,
  costOf,
  isForSale,
  quoteCollateral,
  type SaleTerms,
  saleTerms,
} from './storefront.ts';

export const PROTOCOL = 'compound-v3';

/** Of `absorb` and `buyCollateral` with one collateral, and of each further one that is absorbed. */
export const LIQUIDATION_GAS = 360_000n;
export const FURTHER_COLLATERAL_GAS = 60_000n;

/** The points go to the executor, and so does what is bought. */
export const allowedCallsOf = (comet: Address): readonly AllowedCall[] => [
  allowedCall(comet, cometInterface, 'absorb', 0b1n),
  allowedCall(comet, cometInterface, 'buyCollateral', 0b1000n),
];

/** Somebody who may be absorbed, and how that would go. */
export interface Absorbed {
  readonly borrower: Address;
  readonly healthFactorWad: bigint;
  readonly effects: AbsorbEffects;
}

/** `undefined` where the contract would not absorb this account. */
export function absorbedOf(market: PricedComet, borrower: Address, account: Account): Absorbed | undefined {
  const effects = absorb(market, account);
  const health = healthFactorWad(market, account);
  return effects.executed && health !== undefined
    ? { borrower, healthFactorWad: health, effects }
    : undefined;
}

/**
 * Each fallen borrower absorbed and one of the collaterals bought, up to all of it that he had. What the reserves
 * had of it before is sold once: it goes with the borrower who had most. Absorbing is never in parts, so a small
 * purchase leaves the rest to whoever comes next.
 *
 * Each as if nobody else were absorbed first: a purchase that brings the reserves to their target closes the
 * storefront for the ones behind it.
 */
export function opportunitiesOf(
  market: PricedComet,
  fallen: readonly Absorbed[],
  executor: Address,
): readonly Opportunity[] {
  const mostSeized = (asset: Address) =>
    fallen.reduce((most, { effects }) => max(most, effects.seized.get(asset) ?? 0n), 0n);
  const firstWithMost = new Map(
    market.comet.assets.map(({ asset }) => {
      const most = mostSeized(asset);
      return [asset, fallen.find(({ effects }) => effects.seized.get(asset) === most)?.borrower];
    }),
  );
  return fallen
    .filter(({ effects }) => isForSale(effects.marketAfter))
    .flatMap((absorbed) =>
      market.comet.assets.flatMap((info) => {
        const isStandingToo = firstWithMost.get(info.asset) === absorbed.borrower;
        const standing = isStandingToo ? collateralReservesOf(market, info.asset) : 0n;
        return purchaseOf({ market, executor, absorbed, info, standing }) ?? [];
      }),
    );
}

/** One collateral of one borrower. */
interface Sale {
  readonly market: PricedComet;
  readonly executor: Address;
  readonly absorbed: Absorbed;
  readonly info: AssetInfo;
  /** What the reserves had of it before, and this one may buy. */
  readonly standing: bigint;
}

function purchaseOf(sale: Sale): Opportunity | undefined {
  const { market, absorbed, info, standing } = sale;
  const { borrower, healthFactorWad: health, effects } = absorbed;
  const terms = saleTerms(effects.marketAfter, info);
  const seized = effects.seized.get(info.asset) ?? 0n;
  if (terms === undefined || seized === 0n) return undefined;
  const available = min(seized + max(standing, 0n), collateralReservesOf(effects.marketAfter, info.asset));
  const costs = [costOf(terms, seized), costOf(terms, available)];
  const kinks = [0n, ...new Set(costs.filter((cost) => cost > 0n))];
  const maxDebtToCover = kinks.at(-1) ?? 0n;
  if (maxDebtToCover === 0n) return undefined;
  return {
    ...{ protocol: PROTOCOL, borrower, healthFactorWad: health, steps: 1, seizes: 'underlying' },
    // Every market stands for itself.
    position: market.comet.address,
    ...{ debtAsset: market.comet.baseToken, collateralAsset: info.asset, maxDebtToCover, kinks },
    quote: (debtToCover) =>
      debtToCover > maxDebtToCover ? undefined : quoteOf(terms, debtToCover, effects.seized.size),
    encode: (quote) => [absorbCall(sale), buyCall(sale, quote)],
  };
}

function quoteOf(terms: SaleTerms, debtToCover: bigint, collaterals: number): LiquidationQuote | undefined {
  const seizedCollateral = quoteCollateral(terms, debtToCover);
  if (debtToCover <= 0n || seizedCollateral === undefined) return undefined;
  const gasUsed = LIQUIDATION_GAS + BigInt(collaterals - 1) * FURTHER_COLLATERAL_GAS;
  return { debtToCover, seizedCollateral, protocolFee: 0n, gasUsed };
}

const absorbCall = ({ market, executor, absorbed }: Sale): Call => ({
  target: market.comet.address,
  data: cometInterface.encodeFunctionData('absorb', [executor, [absorbed.borrower]]),
});

/** Bought at exactly what was quoted, or undone with the absorption before it. */
const buyCall = (
  { market: { comet }, executor, info }: Sale,
  { debtToCover, seizedCollateral }: LiquidationQuote,
): Call => ({
  target: comet.address,
  data: cometInterface.encodeFunctionData('buyCollateral', [
    ...[info.asset, seizedCollateral, debtToCover, executor],
  ]),
  approve: { token: comet.baseToken, amount: debtToCover },
});
