import type { Address } from '../../hex.ts';

/** The arguments of `Pool.liquidationCall`; reserves by id. */
export interface LiquidationCall {
  readonly collateralId: number;
  readonly debtId: number;
  /** Anything above the protocol's maximum is cut to it. */
  readonly debtToCover: bigint;
  readonly receiveAToken: boolean;
  /** Only compared with the borrower. */
  readonly liquidator: Address;
}
