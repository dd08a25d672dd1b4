import type { Address, Call, LiquidationQuote, Opportunity } from '../../domain.ts';
import { poolInterface } from './abi.ts';
import { calculateUserAccountData, isLiquidatable } from './account.ts';
import type { Market, MarketReserve } from './accrual.ts';
import { flaggedReserves } from './configuration.ts';
import { EVERYTHING, type Liquidate, largestLiquidation, liquidateBy } from './largest-liquidation.ts';
import type { Liquidation } from './liquidation.ts';
import type { Account } from './state.ts';

export const PROTOCOL = 'aave-v3';

/** Of one `liquidationCall` that pays out the underlying. */
export const LIQUIDATION_GAS = 330_000n;

/** Every debt × collateral pair of a liquidatable account that the pool would accept in some size. */
export function opportunitiesOf(pool: Address, market: Market, account: Account): readonly Opportunity[] {
  if (!isLiquidatable(market, account)) return [];
  const flagged = flaggedReserves(account.userConfiguration);
  const reserves = (flag: 'borrowing' | 'usingAsCollateral') =>
    flagged.filter((flags) => flags[flag]).flatMap(({ id }) => market.reserves[id] ?? []);
  return reserves('borrowing').flatMap((debt) =>
    reserves('usingAsCollateral').flatMap(
      (collateral) => opportunity(pool, market, account, debt, collateral) ?? [],
    ),
  );
}

function opportunity(
  pool: Address,
  market: Market,
  account: Account,
  debt: MarketReserve,
  collateral: MarketReserve,
): Opportunity | undefined {
  const largest = largestLiquidation(market, account, collateral.id, debt.id);
  const healthFactorWad = calculateUserAccountData(market, account)?.healthFactorWad;
  if (largest === undefined || healthFactorWad === undefined) return undefined;
  const liquidate = liquidateBy(market, account, collateral.id, debt.id);
  return {
    protocol: PROTOCOL,
    borrower: account.address,
    debtAsset: debt.asset,
    collateralAsset: collateral.asset,
    healthFactorWad,
    maxDebtToCover: largest.actualDebtToLiquidate,
    quote(debtToCover) {
      const result = liquidate(debtToCover);
      return result.executed ? quoteOf(result) : undefined;
    },
    encode(quote) {
      const debtToCover = argumentFor(quote, liquidate);
      const args = [collateral.asset, debt.asset, account.address, debtToCover, false];
      return [liquidationCall(pool, args, { token: debt.asset, amount: quote.debtToCover })];
    },
  };
}

const quoteOf = (done: Liquidation): LiquidationQuote => ({
  debtToCover: done.actualDebtToLiquidate,
  seizedCollateral: done.actualCollateralToLiquidate,
  protocolFee: done.liquidationProtocolFeeAmount,
  gasUsed: LIQUIDATION_GAS,
});

/**
 * Where the collateral runs out the pool repays less than it is asked to; asked for exactly that, it may round
 * to a wei less collateral and refuse the rest as dust. Then we ask for everything and it shrinks that again.
 */
function argumentFor(quote: LiquidationQuote, liquidate: Liquidate): bigint {
  const result = liquidate(quote.debtToCover);
  const isSame = result.executed && result.actualCollateralToLiquidate === quote.seizedCollateral;
  return isSame ? quote.debtToCover : EVERYTHING;
}

const liquidationCall = (pool: Address, args: readonly unknown[], approve: Call['approve']): Call => ({
  target: pool,
  data: poolInterface.encodeFunctionData('liquidationCall', args),
  ...(approve && { approve }),
});
