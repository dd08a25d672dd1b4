import { ContractError } from '../../errors.ts';
import { binomialInterest, taylorInterest } from './compounded-interest.ts';
import {
  directional,
  halfUp,
  type SeizeMath,
  seizeAgainstLiquidator,
  seizeHalfUp,
  type TokenMath,
} from './token-math.ts';

/**
 * What differs, for a liquidator, between the Pool's revisions (`POOL_REVISION`). Revisions 1 and 10 are
 * `@aave/core-v3@1.19.3` and `@aave-dao/aave-v3-origin@3.6.0`; the rest follows the tags of
 * github.com/aave-dao/aave-v3-origin and its docs/3.x.
 */
export interface Rules {
  readonly revision: number;
  /** Rounding of balances, scaled amounts and debt values. */
  readonly tokenMath: TokenMath;
  /** 3.0–3.4: from the average threshold floored to whole bps; from 3.5 on: from the unrounded sum. */
  readonly healthFactorFromAverage: boolean;
  /** Interest on debt over a span, as a factor in ray. */
  readonly compoundedInterest: (rateRay: bigint, seconds: bigint) => bigint;
  readonly stableDebt: boolean;
  /** `assetCategory`: one category per asset, with its own oracle; `liquid`: bitmaps per category. */
  readonly eMode: 'assetCategory' | 'liquid';
  /** A reserve whose own threshold is 0 counts as collateral, and can be seized. */
  readonly zeroThresholdCounts: boolean;
  readonly sentinel: boolean;
  readonly gracePeriod: boolean;
  readonly selfLiquidation: boolean;
  /** 50 % of the reserve's debt, or of the whole position with the $2,000 and $1,000 rules. */
  readonly closeFactor: 'reserve' | 'position';
  /** Unpaid debt of an account without collateral is burned into the reserve's deficit. */
  readonly deficit: boolean;
  /** How an account without collateral is recognised. */
  readonly noCollateralLeft: 'baseValue' | 'scaledBalance';
  /** The debt flag goes off when the repaid amount, or the scaled balance, says that nothing is left. */
  readonly debtFlagFollows: 'amount' | 'scaledBalance';
  /** Rounding of the seized collateral and of the protocol's fee. */
  readonly seizeMath: SeizeMath;
  /** The pool keeps its own count of the underlying that each reserve holds. */
  readonly virtualBalance: boolean;
}

/** The newest revision that the model knows. */
export const NEWEST_REVISION = 11;

/** @throws ContractError for a revision whose rules are not modelled: liquidating by guess costs money. */
export function rulesOf(revision: number): Rules {
  if (!Number.isInteger(revision) || revision < 1 || revision > NEWEST_REVISION) {
    throw new ContractError(
      `Aave V3 pool revision ${revision} is not modelled: add its rules to revisions.ts`,
    );
  }
  const v3_1 = revision >= 4;
  const v3_2 = revision >= 5;
  const v3_3 = revision >= 6;
  const v3_4 = revision >= 8;
  const v3_5 = revision >= 9;
  const v3_6 = revision >= 10;
  const v3_7 = revision >= 11;
  return {
    revision,
    tokenMath: v3_5 ? directional : halfUp,
    healthFactorFromAverage: !v3_5,
    compoundedInterest: v3_4 ? taylorInterest : binomialInterest,
    stableDebt: !v3_2,
    eMode: v3_2 ? 'liquid' : 'assetCategory',
    zeroThresholdCounts: v3_6,
    sentinel: !v3_7,
    gracePeriod: v3_1,
    selfLiquidation: !v3_4,
    closeFactor: v3_3 ? 'position' : 'reserve',
    deficit: v3_3,
    noCollateralLeft: v3_7 ? 'scaledBalance' : 'baseValue',
    debtFlagFollows: v3_4 ? 'scaledBalance' : 'amount',
    seizeMath: v3_7 ? seizeAgainstLiquidator : seizeHalfUp,
    virtualBalance: v3_1,
  };
}
