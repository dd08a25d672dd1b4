import type { Address } from '../../hex.ts';
import { min, mulDivDown, mulDivUp, WAD } from '../../math/fixed-point.ts';
import { borrowed, borrowTotals, isHealthy, ORACLE_PRICE_SCALE, type PricedMarket } from './health.ts';
import type { LiquidationInput } from './liquidation.ts';
import { assetsOf, overflows, sharesOf, toAssetsDown, toAssetsUp, toSharesUp, wMulDown } from './math.ts';
import type { Market, Position } from './state.ts';

/** github.com/morpho-org/pre-liquidation `src/interfaces/IPreLiquidation.sol#PreLiquidationParams`; all but one in wad. */
export interface PreLiquidationParams {
  /** Above it a consenting borrower may be liquidated in part. */
  readonly preLltv: bigint;
  /** Close factor at `preLltv`, and at the market's own limit. */
  readonly preLCF1: bigint;
  readonly preLCF2: bigint;
  /** Incentive factor, likewise. */
  readonly preLIF1: bigint;
  readonly preLIF2: bigint;
  readonly preLiquidationOracle: Address;
}

/** A market as one pre-liquidation contract of it sees it. */
export interface PreLiquidatedMarket {
  /** With the price of the market's own oracle, by which Morpho judges what is left. */
  readonly priced: PricedMarket;
  readonly params: PreLiquidationParams;
  /** By the contract's oracle. */
  readonly preCollateralPrice36: bigint;
}

export type PreLiquidation =
  | ({ readonly executed: true } & PreLiquidationEffects)
  | { readonly executed: false; readonly reason: PreLiquidationRefusal };

/** The contract's own errors by their names, Morpho's in its words; `panic` is Solidity's own. */
export type PreLiquidationRefusal =
  | 'InconsistentInput'
  | 'LiquidatablePosition'
  | 'NotPreLiquidatablePosition'
  | 'PreLiquidationTooLarge'
  | 'inconsistent input'
  | 'zero assets'
  | 'insufficient collateral'
  | 'panic';

/** As the `PreLiquidate` event tells it, and what it leaves. */
export interface PreLiquidationEffects {
  readonly repaidAssets: bigint;
  readonly repaidShares: bigint;
  readonly seizedAssets: bigint;
  readonly marketAfter: Market;
  readonly positionAfter: Position;
}

/**
 * github.com/morpho-org/pre-liquidation `src/PreLiquidation.sol#preLiquidate`, to the wei, for a borrower who has
 * authorised the contract.
 *
 * @param market interest already added up to the block's time
 */
export function preLiquidate(
  market: PreLiquidatedMarket,
  position: Position,
  input: LiquidationInput,
): PreLiquidation {
  if ((input.seizedAssets === 0n) === (input.repaidShares === 0n)) return refused('InconsistentInput');
  if (overflows(position.collateral * market.preCollateralPrice36)) return refused('panic');
  const factors = factorsOf(market, position);
  if ('reason' in factors) return factors;
  const amounts = amountsOf(market, factors.preLIF, input);
  if (amounts === undefined) return refused('panic');
  const repayableShares = wMulDown(position.borrowShares, factors.preLCF);
  if (amounts.repaidShares > repayableShares) return refused('PreLiquidationTooLarge');
  return settled(market.priced, position, amounts);
}

const refused = (reason: PreLiquidationRefusal) => ({ executed: false, reason }) as const;

/** Both grow in a straight line from `preLltv` to the market's own limit. */
interface Factors {
  readonly preLIF: bigint;
  readonly preLCF: bigint;
}

function factorsOf(
  { priced, params, preCollateralPrice36 }: PreLiquidatedMarket,
  position: Position,
): Factors | ReturnType<typeof refused> {
  const { preLltv, preLCF1, preLCF2, preLIF1, preLIF2 } = params;
  const quoted = mulDivDown(position.collateral, preCollateralPrice36, ORACLE_PRICE_SCALE);
  const debt = borrowed(position, priced);
  if (debt > wMulDown(quoted, priced.lltv)) return refused('LiquidatablePosition');
  if (debt <= wMulDown(quoted, preLltv)) return refused('NotPreLiquidatablePosition');
  const ltv = mulDivUp(debt, WAD, quoted);
  const quotient = mulDivDown(ltv - preLltv, WAD, priced.lltv - preLltv);
  if (overflows(quotient * (preLCF2 - preLCF1))) return refused('panic');
  return {
    preLIF: wMulDown(quotient, preLIF2 - preLIF1) + preLIF1,
    preLCF: wMulDown(quotient, preLCF2 - preLCF1) + preLCF1,
  };
}

/** As `Morpho.sol#liquidate` converts one into the other, with this incentive; `undefined` where it panics. */
function amountsOf(
  { priced, preCollateralPrice36: price }: PreLiquidatedMarket,
  preLIF: bigint,
  { seizedAssets, repaidShares }: LiquidationInput,
): LiquidationInput | undefined {
  const totals = borrowTotals(priced.market);
  if (seizedAssets === 0n) {
    if (overflows(repaidShares * assetsOf(totals)) || price === 0n) return undefined;
    const value = wMulDown(toAssetsDown(repaidShares, totals), preLIF);
    if (overflows(value * ORACLE_PRICE_SCALE)) return undefined;
    return { repaidShares, seizedAssets: mulDivDown(value, ORACLE_PRICE_SCALE, price) };
  }
  const quoted = mulDivUp(seizedAssets, price, ORACLE_PRICE_SCALE);
  const assets = mulDivUp(quoted, WAD, preLIF);
  const isTooLarge = overflows(seizedAssets * price, quoted * WAD, assets * sharesOf(totals));
  return isTooLarge ? undefined : { seizedAssets, repaidShares: toSharesUp(assets, totals) };
}

/** `Morpho.sol#repay`, and in its callback `#withdrawCollateral`, which leaves nobody unhealthy. */
function settled(
  priced: PricedMarket,
  position: Position,
  { repaidShares, seizedAssets }: LiquidationInput,
): PreLiquidation {
  const { market } = priced;
  const totals = borrowTotals(market);
  if (repaidShares === 0n) return refused('inconsistent input');
  if (repaidShares > position.borrowShares) return refused('panic');
  if (seizedAssets === 0n) return refused('zero assets');
  if (seizedAssets > position.collateral) return refused('panic');
  const repaidAssets = toAssetsUp(repaidShares, totals);
  const marketAfter = {
    ...market,
    totalBorrowAssets: market.totalBorrowAssets - min(repaidAssets, market.totalBorrowAssets),
    totalBorrowShares: market.totalBorrowShares - repaidShares,
  };
  const positionAfter = {
    borrowShares: position.borrowShares - repaidShares,
    collateral: position.collateral - seizedAssets,
  };
  if (!isHealthy(positionAfter, { ...priced, market: marketAfter }))
    return refused('insufficient collateral');
  return { executed: true, repaidAssets, repaidShares, seizedAssets, marketAfter, positionAfter };
}

/** The most that the close factor lets be repaid; `undefined` where the contract refuses that. */
export function largestPreLiquidation(
  market: PreLiquidatedMarket,
  position: Position,
): PreLiquidationEffects | undefined {
  const factors = factorsOf(market, position);
  if ('reason' in factors) return undefined;
  const repaidShares = min(wMulDown(position.borrowShares, factors.preLCF), position.borrowShares);
  const done = preLiquidate(market, position, { seizedAssets: 0n, repaidShares });
  return done.executed ? done : undefined;
}

/** How far it is to `preLltv`, by the contract's own oracle: below 1e18 where a pre-liquidation is due. */
export function preHealthFactorWad(
  { priced, params, preCollateralPrice36 }: PreLiquidatedMarket,
  position: Position,
): bigint | undefined {
  const quoted = mulDivDown(position.collateral, preCollateralPrice36, ORACLE_PRICE_SCALE);
  const debt = borrowed(position, priced);
  return debt === 0n ? undefined : mulDivDown(wMulDown(quoted, params.preLltv), WAD, debt);
}
