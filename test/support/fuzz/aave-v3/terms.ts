import type { Random } from '../random.ts';

/** What governance sets of one reserve; amounts in bps. */
export interface ReserveTerms {
  readonly ltv: number;
  readonly liquidationThreshold: number;
  readonly liquidationBonus: number;
  readonly decimals: number;
  readonly active: boolean;
  readonly frozen: boolean;
  readonly paused: boolean;
  readonly siloed: boolean;
  readonly reserveFactor: number;
  readonly liquidationProtocolFee: number;
  /** One category per asset, before 3.2. */
  readonly eModeCategory: number;
  /** In cents. */
  readonly debtCeiling: number;
}

export interface EModeTerms {
  readonly ltv: number;
  readonly liquidationThreshold: number;
  readonly liquidationBonus: number;
  readonly collateralBitmap: number;
  readonly borrowableBitmap: number;
  readonly ltvzeroBitmap: number;
  /** Before 3.2: one feed for the whole category. */
  readonly hasPriceSource: boolean;
}

export interface RateTerms {
  readonly optimalUsage: number;
  readonly base: number;
  readonly slope1: number;
  readonly slope2: number;
}

export function randomReserveTerms(random: Random, decimals: number): ReserveTerms {
  const liquidationThreshold = random.chance(0.1) ? 0 : random.integer(1_000, 9_600);
  const isCollateral = liquidationThreshold !== 0;
  const mostBonus = Math.min(12_000, Math.floor(100_000_000 / Math.max(liquidationThreshold, 1)));
  return {
    ltv: isCollateral ? random.integer(Math.floor(liquidationThreshold * 0.6), liquidationThreshold) : 0,
    liquidationThreshold,
    liquidationBonus: isCollateral ? random.integer(10_001, Math.max(10_001, mostBonus)) : 0,
    decimals,
    active: true,
    frozen: false,
    paused: false,
    siloed: random.chance(0.05),
    reserveFactor: random.pick([0, 1_000, 3_333, 10_000]),
    liquidationProtocolFee: random.pick([0, 1_000, random.integer(1, 9_999), 10_000]),
    eModeCategory: random.pick([0, 0, 1, 2]),
    debtCeiling: random.chance(0.15) ? random.integer(100_000, 2 ** 40 - 1) : 0,
  };
}

export function randomEModeTerms(random: Random): EModeTerms {
  const liquidationThreshold = random.integer(8_500, 9_800);
  return {
    ltv: random.integer(8_000, liquidationThreshold),
    liquidationThreshold,
    liquidationBonus: random.integer(10_001, Math.floor(100_000_000 / liquidationThreshold)),
    collateralBitmap: random.integer(1, 63),
    borrowableBitmap: random.integer(1, 63),
    ltvzeroBitmap: random.chance(0.2) ? random.integer(0, 63) : 0,
    hasPriceSource: random.chance(0.5),
  };
}

export function randomRateTerms(random: Random): RateTerms {
  const slope1 = random.integer(0, 2_000);
  return {
    optimalUsage: random.integer(100, 9_900),
    base: random.pick([0, 0, random.integer(0, 5_000)]),
    slope1,
    slope2: random.pick([slope1, random.integer(slope1, 90_000)]),
  };
}

/** `DataTypes.sol#ReserveConfigurationMap`; every reserve may be borrowed, in isolation too. */
export function encodeConfiguration(terms: ReserveTerms): bigint {
  const fields: readonly (readonly [number | boolean, number])[] = [
    [terms.ltv, 0],
    [terms.liquidationThreshold, 16],
    [terms.liquidationBonus, 32],
    [terms.decimals, 48],
    [terms.active, 56],
    [terms.frozen, 57],
    [true, 58], // borrowing
    [true, 59], // stable borrowing
    [terms.paused, 60],
    [true, 61], // borrowable in isolation
    [terms.siloed, 62],
    [terms.reserveFactor, 64],
    [terms.liquidationProtocolFee, 152],
    [terms.eModeCategory, 168],
    [terms.debtCeiling, 212],
    [true, 252], // virtual accounting
  ];
  return fields.reduce((bits, [value, start]) => bits | (BigInt(value) << BigInt(start)), 0n);
}
