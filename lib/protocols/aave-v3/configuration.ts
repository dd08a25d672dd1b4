/** Bit fields of `DataTypes.sol#ReserveConfigurationMap`, in bps, whole tokens or flags. */
export interface ReserveConfiguration {
  readonly liquidationThreshold: bigint;
  /** Includes the principal: 10500 pays a bonus of 5 %. */
  readonly liquidationBonus: bigint;
  readonly decimals: bigint;
  readonly active: boolean;
  readonly paused: boolean;
  /** Part of the bonus, in bps, that goes to the treasury. */
  readonly liquidationProtocolFee: bigint;
  /** The asset's single category before 3.2; 0 for none. */
  readonly eModeCategory: number;
}

/**
 * Layout of every revision; later ones only leave holes.
 * `@aave-dao/aave-v3-origin@3.6.0 src/contracts/protocol/libraries/configuration/ReserveConfiguration.sol`
 */
export function decodeReserveConfiguration(data: bigint): ReserveConfiguration {
  return {
    liquidationThreshold: bits(data, 16n, 16n),
    liquidationBonus: bits(data, 32n, 16n),
    decimals: bits(data, 48n, 8n),
    active: bits(data, 56n, 1n) === 1n,
    paused: bits(data, 60n, 1n) === 1n,
    liquidationProtocolFee: bits(data, 152n, 16n),
    eModeCategory: Number(bits(data, 168n, 8n)),
  };
}

/** One reserve that an account uses. */
export interface ReserveFlags {
  readonly id: number;
  readonly borrowing: boolean;
  readonly usingAsCollateral: boolean;
}

/**
 * The reserves flagged in a user's bitmap, in the contract's order: bit 2i borrows reserve i, bit 2i+1 uses
 * it as collateral. `@aave-dao/aave-v3-origin@3.6.0 …/configuration/UserConfiguration.sol#getNextFlags`
 */
export function flaggedReserves(userConfiguration: bigint): readonly ReserveFlags[] {
  const flagged: ReserveFlags[] = [];
  for (let data = userConfiguration, id = 0; data !== 0n; data >>= 2n, id++) {
    if ((data & 3n) === 0n) continue;
    flagged.push({ id, borrowing: (data & 1n) !== 0n, usingAsCollateral: (data & 2n) !== 0n });
  }
  return flagged;
}

export const isUsingAsCollateral = (userConfiguration: bigint, id: number): boolean =>
  ((userConfiguration >> collateralBit(id)) & 1n) === 1n;

export const withoutBorrowing = (userConfiguration: bigint, id: number): bigint =>
  userConfiguration & ~(1n << borrowBit(id));

export const withoutCollateral = (userConfiguration: bigint, id: number): bigint =>
  userConfiguration & ~(1n << collateralBit(id));

const borrowBit = (id: number): bigint => BigInt(2 * id);
const collateralBit = (id: number): bigint => BigInt(2 * id + 1);

const bits = (data: bigint, start: bigint, length: bigint): bigint => (data >> start) & ((1n << length) - 1n);
