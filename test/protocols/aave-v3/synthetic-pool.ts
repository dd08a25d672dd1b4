import { getAddress, toBeHex, zeroPadValue } from 'ethers';
import type { Address } from '../../../lib/hex.ts';
import { RAY } from '../../../lib/math/fixed-point.ts';
import { type Market, marketAt } from '../../../lib/protocols/aave-v3/accrual.ts';
import type { ReserveConfiguration } from '../../../lib/protocols/aave-v3/configuration.ts';
import { rulesOf } from '../../../lib/protocols/aave-v3/revisions.ts';
import type { Account, EModeCategory, Reserve } from '../../../lib/protocols/aave-v3/state.ts';

export const address = (n: number): Address => getAddress(zeroPadValue(toBeHex(n), 20));
export const BORROWER = address(0xb0);
export const LIQUIDATOR = address(0x11);

export interface SyntheticReserve {
  readonly price?: bigint | undefined;
  readonly configuration?: Partial<ReserveConfiguration>;
  readonly stored?: Partial<Reserve>;
}

export interface SyntheticMarket {
  readonly revision?: number;
  readonly timestamp?: number;
  readonly reserves: readonly SyntheticReserve[];
  readonly eModeCategories?: ReadonlyMap<number, EModeCategory>;
  readonly pricesOfSources?: ReadonlyMap<Address, bigint>;
  readonly sentinelAllowsLiquidation?: boolean;
}

/** A market without interest, of liquid assets with 18 decimals at $1, LT 80 %, bonus 5 %, fee 10 % of it. */
export function syntheticMarket({ revision = 10, timestamp = 0, ...market }: SyntheticMarket): Market {
  const reserves = market.reserves.map(({ configuration, stored }, id) => ({
    ...plainReserve(id, { ...PLAIN, ...configuration }),
    ...stored,
  }));
  const pool = {
    address: address(0xaa7e),
    rules: rulesOf(revision),
    reserves,
    eModeCategories: market.eModeCategories ?? new Map(),
    sentinelAllowsLiquidation: market.sentinelAllowsLiquidation,
  };
  return marketAt(pool, timestamp, (asset) => {
    const id = reserves.findIndex((reserve) => reserve.asset === asset);
    const reserve = market.reserves[id];
    if (reserve === undefined) return market.pricesOfSources?.get(asset);
    return 'price' in reserve ? reserve.price : 100_000_000n;
  });
}

export interface Holding {
  readonly collateral?: Readonly<Record<number, bigint>>;
  readonly debt?: Readonly<Record<number, bigint>>;
  readonly eModeCategory?: number;
}

/** Flagged for exactly what it holds. */
export function syntheticAccount({ collateral = {}, debt = {}, eModeCategory = 0 }: Holding): Account {
  const balances = (amounts: Readonly<Record<number, bigint>>) =>
    new Map(Object.entries(amounts).map(([id, amount]) => [Number(id), amount]));
  const bits = (amounts: Readonly<Record<number, bigint>>, bit: number) =>
    Object.keys(amounts).reduce((flags, id) => flags | (1n << BigInt(2 * Number(id) + bit)), 0n);
  return {
    address: BORROWER,
    userConfiguration: bits(debt, 0) | bits(collateral, 1),
    eModeCategory,
    scaledATokenBalances: balances(collateral),
    scaledVariableDebts: balances(debt),
    stableDebts: new Map(),
  };
}

const PLAIN: ReserveConfiguration = {
  liquidationThreshold: 8_000n,
  liquidationBonus: 10_500n,
  decimals: 18n,
  active: true,
  paused: false,
  liquidationProtocolFee: 1_000n,
  eModeCategory: 0,
};

function plainReserve(id: number, configuration: ReserveConfiguration): Reserve {
  return {
    id,
    asset: address(0x100 + id),
    aToken: address(0x200 + id),
    variableDebtToken: address(0x300 + id),
    stableDebtToken: address(0x400 + id),
    configuration,
    liquidityIndex: RAY,
    variableBorrowIndex: RAY,
    currentLiquidityRate: 0n,
    currentVariableBorrowRate: 0n,
    lastUpdateTimestamp: 0,
    liquidationGracePeriodUntil: -1,
    underlyingBalance: 10n ** 36n,
    virtualUnderlyingBalance: 10n ** 36n,
  };
}
