import type { Address } from '../hex.ts';

/** An account as whoever watches the market looks at it. */
export interface Position {
  readonly borrower: Address;
  readonly healthFactorWad: bigint;
  /** Of several, that which is worth most. */
  readonly collateralAsset: Address;
  /** Of several, that of which most is owed. */
  readonly debtAsset: Address;
  /** In raw units of debtAsset, interest included. */
  readonly debt: bigint;
}

/** The first `count` in order of their health, those near to liquidation first. */
export const nearestOf = <P extends Position>(positions: readonly P[], count: number): readonly P[] =>
  positions.toSorted((one, other) => Number(one.healthFactorWad - other.healthFactorWad)).slice(0, count);
