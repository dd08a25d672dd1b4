import { Interface } from 'ethers';
import type { Address } from '../../lib/hex.ts';
import type { Script } from './script.ts';

/** One asset of an Aave market, as its governance would list it. */
export interface ReserveSpec {
  readonly symbol: string;
  readonly token: Address;
  readonly priceSource: Address;
  readonly maxLtvBps: number;
  readonly liquidationThresholdBps: number;
  /** 10500 is a bonus of 5 %. */
  readonly liquidationBonusBps: number;
  /** Share of the bonus that goes to the treasury. */
  readonly liquidationProtocolFeeBps: number;
  readonly reserveFactorBps: number;
  readonly borrowable: boolean;
  readonly rates: RateSpec;
}

export interface RateSpec {
  readonly optimalUsageBps: number;
  readonly baseBps: number;
  readonly slope1Bps: number;
  readonly slope2Bps: number;
}

/** Since V3.2: other terms for the listed collaterals, while only listed assets are borrowed. */
export interface EModeSpec {
  readonly id: number;
  readonly label: string;
  readonly maxLtvBps: number;
  readonly liquidationThresholdBps: number;
  readonly liquidationBonusBps: number;
  /** Tokens. */
  readonly collaterals: readonly Address[];
  readonly borrowables: readonly Address[];
}

const configurator = new Interface([
  'function setReserveBorrowing(address asset, bool enabled)',
  'function setReserveFlashLoaning(address asset, bool enabled)',
  'function setLiquidationProtocolFee(address asset, uint256 fee)',
  'function setReserveFactor(address asset, uint256 factor)',
  'function configureReserveAsCollateral(address asset, uint256 ltv, uint256 threshold, uint256 bonus)',
  'function setEModeCategory(uint8 id, uint16 ltv, uint16 threshold, uint16 bonus, string label)',
  'function setAssetCollateralInEMode(address asset, uint8 id, bool allowed)',
  'function setAssetBorrowableInEMode(address asset, uint8 id, bool allowed)',
]);

/** The setters that all V3 versions have in common. */
export function configureReserve(script: Script, poolConfigurator: Address, reserve: ReserveSpec): void {
  const set = (method: string, ...values: readonly unknown[]) =>
    script.call(poolConfigurator, configurator, method, [reserve.token, ...values]);
  const { maxLtvBps, liquidationThresholdBps, liquidationBonusBps } = reserve;
  set('setReserveBorrowing', reserve.borrowable);
  set('setReserveFlashLoaning', true);
  set('setLiquidationProtocolFee', reserve.liquidationProtocolFeeBps);
  set('setReserveFactor', reserve.reserveFactorBps);
  set('configureReserveAsCollateral', maxLtvBps, liquidationThresholdBps, liquidationBonusBps);
}

export function configureEMode(script: Script, poolConfigurator: Address, eMode: EModeSpec): void {
  const call = (method: string, args: readonly unknown[]) =>
    script.call(poolConfigurator, configurator, method, args);
  const { id, maxLtvBps, liquidationThresholdBps, liquidationBonusBps, label } = eMode;
  call('setEModeCategory', [id, maxLtvBps, liquidationThresholdBps, liquidationBonusBps, label]);
  for (const token of eMode.collaterals) call('setAssetCollateralInEMode', [token, id, true]);
  for (const token of eMode.borrowables) call('setAssetBorrowableInEMode', [token, id, true]);
}
