import type { AllowedCall } from '../../call.ts';
import type { LiquidationQuote, Opportunity, Sequel } from '../../domain.ts';
import type { Address } from '../../hex.ts';
import { allowedCall } from '../allowed-call.ts';
import { type AssetPair, isSamePair } from '../asset-pair.ts';
import { poolInterface } from './abi.ts';
import { accountDataOf, HEALTH_FACTOR_LIQUIDATION_THRESHOLD } from './account.ts';
import type { Market } from './accrual.ts';
import { flaggedReserves } from './configuration.ts';
import { EVERYTHING, type Liquidate, liquidateBy } from './legal-sizes.ts';
import type { Liquidation, LiquidationResult } from './liquidation.ts';
import { CLOSE_FACTOR_HF_THRESHOLD } from './liquidation-amounts.ts';
import { argumentFor, type BorrowerPair, liquidationCall } from './liquidation-calldata.ts';
import { type LiquidationSteps, leftBy, liquidationSteps, stepToBrink } from './liquidation-steps.ts';
import type { Account } from './state.ts';

export const PROTOCOL = 'aave-v3';

/** It pays its caller and names nobody. */
export const liquidationCallOf = (pool: Address): AllowedCall =>
  allowedCall(pool, poolInterface, 'liquidationCall');

/** Of one `liquidationCall` that pays out the underlying. */
export const LIQUIDATION_GAS = 330_000n;
/** Of one more on the same pair in the same transaction, where every slot is warm. */
const NEXT_LIQUIDATION_GAS = 110_000n;

/**
 * Every debt × collateral pair of a liquidatable account that the pool would accept in some size: in one call,
 * in as many as repay more, and for aTokens.
 */
export function opportunitiesOf(
  pool: Address,
  market: Market,
  account: Account,
  protocol: string = PROTOCOL,
  isWanted: (pair: AssetPair) => boolean = () => true,
): readonly Opportunity[] {
  const healthFactorWad = accountDataOf(market, account)?.healthFactorWad;
  if (healthFactorWad === undefined || healthFactorWad >= HEALTH_FACTOR_LIQUIDATION_THRESHOLD) return [];
  const pairs = pairsOf(market, account).filter((pair) => isWanted(assetsOf(pair)));
  return pairs.flatMap(({ debt, collateral }) => {
    const pair = { protocol, pool, borrower: account.address, debt, collateral, healthFactorWad };
    const ids = { debtId: debt.id, collateralId: collateral.id };
    const offers = liquidationSteps(market, account, ids);
    return [
      ...offers.flatMap((steps, index) => inUnderlying(pair, steps, mostBy(offers[index - 1])) ?? []),
      ...inATokens(pair, liquidateBy(market, account, ids, true), mostBy(offers[0])),
    ];
  });
}

/** A pair of a borrower, whatever is done with it. */
interface Pair extends BorrowerPair {
  readonly protocol: string;
  readonly healthFactorWad: bigint;
}

function pairsOf(market: Market, account: Account): readonly Pick<Pair, 'debt' | 'collateral'>[] {
  const flagged = flaggedReserves(account.userConfiguration);
  const reserves = (flag: 'borrowing' | 'usingAsCollateral') =>
    flagged.filter((flags) => flags[flag]).flatMap(({ id }) => market.reserves[id] ?? []);
  const collaterals = reserves('usingAsCollateral');
  return reserves('borrowing').flatMap((debt) => collaterals.map((collateral) => ({ debt, collateral })));
}

/** @param mostByFewer what fewer steps repay at most: below that nobody needs these */
function inUnderlying(pair: Pair, steps: LiquidationSteps, mostByFewer: bigint): Opportunity | undefined {
  const { fixed, last, lastSizes } = steps;
  const fixedDebt = sum(fixed, 'actualDebtToLiquidate');
  const sizes = lastSizes.map((done) => fixedDebt + done.actualDebtToLiquidate);
  const kinks = [mostByFewer, ...sizes.filter((size) => size > mostByFewer)];
  const maxDebtToCover = kinks.at(-1);
  if (maxDebtToCover === undefined || kinks.length === 1) return undefined;
  return {
    ...described(pair),
    ...{ steps: fixed.length + 1, seizes: 'underlying', maxDebtToCover, kinks },
    ...(fixed.length === 0 && { sequel: () => sequelOf(pair, steps) }),
    quote(debtToCover) {
      const done = lastOf(steps, debtToCover - fixedDebt);
      return done.executed ? quoteOf([...fixed, done]) : undefined;
    },
    encode(quote) {
      const amounts = fixed.map((done) => done.actualDebtToLiquidate);
      const rest = quote.debtToCover - fixedDebt;
      const restSeized = quote.seizedCollateral - sum(fixed, 'actualCollateralToLiquidate');
      return [
        ...amounts.map((amount) => liquidationCall(pair, amount, amount)),
        liquidationCall(pair, rest, argumentFor(rest, restSeized, last)),
      ];
    },
  };
}

/**
 * After one step. The borrower stays open up to the brink, and open to a full close up to another; where the collateral
 * or the debt of the pair is less than the close factor allows, all of it may leave one open too.
 */
function sequelOf(pair: Pair, step: LiquidationSteps): Sequel {
  const ids = { debtId: pair.debt.id, collateralId: pair.collateral.id };
  const largest = step.lastSizes.at(-1) ?? step.lastSizes[0];
  const brinks = [CLOSE_FACTOR_HF_THRESHOLD, HEALTH_FACTOR_LIQUIDATION_THRESHOLD].flatMap(
    (brinkWad) => stepToBrink(step, ids, largest.actualDebtToLiquidate, brinkWad)?.done ?? [],
  );
  const ends = leftBy(step, ids, largest) === undefined ? brinks : [...brinks, largest];
  return {
    kinks: [...new Set(ends.map(({ actualDebtToLiquidate }) => actualDebtToLiquidate))],
    after(size, others) {
      const done = lastOf(step, size);
      const left = done.executed ? leftBy(step, ids, done) : undefined;
      const isOther = (assets: AssetPair) => others.some((one) => isSamePair(one, assets));
      return left ? opportunitiesOf(pair.pool, left.market, left.account, pair.protocol, isOther) : [];
    },
  };
}

const assetsOf = ({ debt, collateral }: Pick<Pair, 'debt' | 'collateral'>): AssetPair => ({
  debtAsset: debt.asset,
  collateralAsset: collateral.asset,
});

/** The ends of the legal sizes are known. */
const lastOf = ({ last, lastSizes }: LiquidationSteps, size: bigint): LiquidationResult =>
  lastSizes.find(({ actualDebtToLiquidate }) => actualDebtToLiquidate === size) ?? last(size);

/** Taken as aTokens a liquidation needs nothing that the reserve may have lent out, and sells for nothing. */
function inATokens(pair: Pair, liquidate: Liquidate, known: bigint): readonly Opportunity[] {
  const done = known > 0n ? undefined : liquidate(EVERYTHING);
  const maxDebtToCover = done?.executed ? done.actualDebtToLiquidate : known;
  if (maxDebtToCover === 0n) return [];
  return [
    {
      ...described(pair),
      ...{ steps: 1, seizes: 'receipt', maxDebtToCover, kinks: [0n, maxDebtToCover] },
      quote(debtToCover) {
        const result = liquidate(debtToCover);
        return result.executed ? quoteOf([result]) : undefined;
      },
      encode: ({ debtToCover }) => [liquidationCall(pair, debtToCover, debtToCover, true)],
    },
  ];
}

const described = (pair: Pair) => ({
  protocol: pair.protocol,
  borrower: pair.borrower,
  ...assetsOf(pair),
  healthFactorWad: pair.healthFactorWad,
});

const mostBy = (steps: LiquidationSteps | undefined): bigint =>
  steps === undefined
    ? 0n
    : sum([...steps.fixed, steps.lastSizes.at(-1) ?? steps.lastSizes[0]], 'actualDebtToLiquidate');

const quoteOf = (done: readonly Liquidation[]): LiquidationQuote => ({
  debtToCover: sum(done, 'actualDebtToLiquidate'),
  seizedCollateral: sum(done, 'actualCollateralToLiquidate'),
  protocolFee: sum(done, 'liquidationProtocolFeeAmount'),
  gasUsed: LIQUIDATION_GAS + BigInt(done.length - 1) * NEXT_LIQUIDATION_GAS,
});

type Amount = 'actualDebtToLiquidate' | 'actualCollateralToLiquidate' | 'liquidationProtocolFeeAmount';

const sum = (done: readonly Liquidation[], amount: Amount): bigint =>
  done.reduce((total, one) => total + one[amount], 0n);
