import type { Market, MarketReserve } from './accrual.ts';
import { withoutBorrowing, withoutCollateral } from './configuration.ts';
import type { Liquidation } from './liquidation.ts';
import type { LiquidationCall } from './liquidation-call.ts';
import type { Account } from './state.ts';

/** The borrower after an executed call, in the same block. Stable debt, gone since 3.2, is not followed. */
export function accountAfter(account: Account, call: LiquidationCall, done: Liquidation): Account {
  const scaledATokenBalances = new Map(account.scaledATokenBalances);
  take(scaledATokenBalances, call.collateralId, done.scaledCollateralOut + done.scaledFee);
  const scaledVariableDebts = new Map(account.scaledVariableDebts);
  take(scaledVariableDebts, call.debtId, done.scaledVariableDebtBurned);
  const writtenOff = [...done.deficits.keys()].filter((id) => id !== call.debtId);
  for (const id of writtenOff) scaledVariableDebts.delete(id);
  const cleared = done.clearsDebtFlag ? [call.debtId, ...writtenOff] : writtenOff;
  const flags = done.clearsCollateralFlag
    ? withoutCollateral(account.userConfiguration, call.collateralId)
    : account.userConfiguration;
  return {
    ...account,
    userConfiguration: cleared.reduce(withoutBorrowing, flags),
    scaledATokenBalances,
    scaledVariableDebts,
  };
}

/** The market after an executed call, in the same block: indexes stand, liquidity moves. */
export function marketAfter(market: Market, call: LiquidationCall, done: Liquidation): Market {
  const out = call.receiveAToken ? 0n : done.actualCollateralToLiquidate;
  const reserves = [...market.reserves];
  reserves[call.debtId] = withLiquidity(reserves[call.debtId], done.actualDebtToLiquidate);
  reserves[call.collateralId] = withLiquidity(reserves[call.collateralId], -out);
  return { ...market, reserves };
}

function take(balances: Map<number, bigint>, id: number, amount: bigint): void {
  balances.set(id, (balances.get(id) ?? 0n) - amount);
}

function withLiquidity(reserve: MarketReserve | undefined, added: bigint): MarketReserve | undefined {
  if (reserve === undefined) return undefined;
  const { underlyingBalance, virtualUnderlyingBalance } = reserve;
  return {
    ...reserve,
    underlyingBalance: underlyingBalance + added,
    virtualUnderlyingBalance:
      virtualUnderlyingBalance === undefined ? undefined : virtualUnderlyingBalance + added,
  };
}
