import { AbiCoder, Interface } from 'ethers';
import { deployAave } from '../../../../devnet/chain/aave.ts';
import type { RefusalReason } from '../../../../lib/protocols/aave-v3/liquidation.ts';
import { rulesOf } from '../../../../lib/protocols/aave-v3/revisions.ts';
import { unnamedReasons, type Version } from './version.ts';

const pool = new Interface([
  'function configureEModeCategory(uint8 id, (uint16 ltv, uint16 liquidationThreshold, uint16 liquidationBonus, string label) category)',
  'function configureEModeCategoryCollateralBitmap(uint8 id, uint128 bitmap)',
  'function configureEModeCategoryBorrowableBitmap(uint8 id, uint128 bitmap)',
  'function configureEModeCategoryLtvzeroBitmap(uint8 id, uint128 bitmap)',
]);

const configurator = new Interface(['function setReserveInterestRateData(address asset, bytes rateData)']);

/** `@aave-dao/aave-v3-origin@3.6.0 src/contracts/protocol/libraries/helpers/Errors.sol` */
const NAMED: readonly RefusalReason[] = [
  'SelfLiquidation',
  'ReserveInactive',
  'ReservePaused',
  'PriceOracleSentinelCheckFailed',
  'LiquidationGraceSentinelCheckFailed',
  'HealthFactorNotBelowThreshold',
  'CollateralCannotBeLiquidated',
  'SpecifiedCurrencyNotBorrowedByUser',
  'MustNotLeaveDust',
  'InvalidBurnAmount',
];

const errors = new Interface(NAMED.map((name) => `error ${name}()`));

/** Revision 10, compiled from `@aave-dao/aave-v3-origin@3.6.0`. */
export const v3_6: Version = {
  name: '3.6',
  rules: rulesOf(10),
  deploy: (anvil, reserves) => deployAave(anvil, { reserves }),
  setEMode(aave, id, terms) {
    const category = [terms.ltv, terms.liquidationThreshold, terms.liquidationBonus, ''];
    return [
      pool.encodeFunctionData('configureEModeCategory', [id, category]),
      pool.encodeFunctionData('configureEModeCategoryCollateralBitmap', [id, terms.collateralBitmap]),
      pool.encodeFunctionData('configureEModeCategoryBorrowableBitmap', [id, terms.borrowableBitmap]),
      pool.encodeFunctionData('configureEModeCategoryLtvzeroBitmap', [id, terms.ltvzeroBitmap]),
    ].map((data) => ({ to: aave.pool, data }));
  },
  setRates(aave, asset, { optimalUsage, base, slope1, slope2 }) {
    const types = ['uint16', 'uint32', 'uint32', 'uint32'];
    const rates = AbiCoder.defaultAbiCoder().encode(types, [optimalUsage, base, slope1, slope2]);
    const data = configurator.encodeFunctionData('setReserveInterestRateData', [asset, rates]);
    return [{ to: aave.poolConfigurator, data }];
  },
  reasonsOf(returned) {
    const name = returned.length === 10 ? errors.getError(returned)?.name : undefined;
    const reasons = NAMED.filter((reason) => reason === name);
    return reasons.length > 0 ? reasons : unnamedReasons(returned);
  },
};
