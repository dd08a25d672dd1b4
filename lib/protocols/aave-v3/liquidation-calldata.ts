import type { Call } from '../../call.ts';
import { address, boolean, encodeCall, integer } from '../../ethereum/abi.ts';
import type { Address } from '../../hex.ts';
import type { MarketReserve } from './accrual.ts';
import { EVERYTHING, type Liquidate } from './legal-sizes.ts';

/** A debt and a collateral of one borrower. */
export interface BorrowerPair {
  readonly pool: Address;
  readonly borrower: Address;
  readonly debt: MarketReserve;
  readonly collateral: MarketReserve;
}

/**
 * Where the collateral runs out the pool repays less than it is asked to; asked for exactly that, it may round
 * to a wei less collateral and refuse the rest as dust. Then we ask for everything and it shrinks that again.
 */
export function argumentFor(debtToCover: bigint, seizedCollateral: bigint, liquidate: Liquidate): bigint {
  const result = liquidate(debtToCover);
  const isSame = result.executed && result.actualCollateralToLiquidate === seizedCollateral;
  return isSame ? debtToCover : EVERYTHING;
}

/** @param amount what the pool will take, as against what it is asked for */
export function liquidationCall(
  { pool, borrower, debt, collateral }: BorrowerPair,
  amount: bigint,
  debtToCover: bigint,
  receiveAToken = false,
): Call {
  const reserves = [address(collateral.asset), address(debt.asset)];
  const values = [...reserves, address(borrower), integer(debtToCover), boolean(receiveAToken)];
  return {
    target: pool,
    data: encodeCall(LIQUIDATION_CALL, values),
    approve: { token: debt.asset, amount },
  };
}

/** liquidationCall(address,address,address,uint256,bool) */
const LIQUIDATION_CALL = '0x00a718a9';
