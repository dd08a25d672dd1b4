import { Interface, ZeroAddress } from 'ethers';
import { deployAaveV30 } from '../../../../devnet/chain/aave-v30.ts';
import type { RefusalReason } from '../../../../lib/protocols/aave-v3/liquidation.ts';
import { rulesOf } from '../../../../lib/protocols/aave-v3/revisions.ts';
import { unnamedReasons, type Version } from './version.ts';

const pool = new Interface([
  'function configureEModeCategory(uint8 id, (uint16 ltv, uint16 liquidationThreshold, uint16 liquidationBonus, address priceSource, string label) category)',
]);

const errors = new Interface(['error Error(string)']);

/** `@aave/core-v3@1.19.3 contracts/protocol/libraries/helpers/Errors.sol` */
const REASONS: Readonly<Record<string, RefusalReason>> = {
  '25': 'InvalidBurnAmount',
  '27': 'ReserveInactive',
  '29': 'ReservePaused',
  '45': 'HealthFactorNotBelowThreshold',
  '46': 'CollateralCannotBeLiquidated',
  '47': 'SpecifiedCurrencyNotBorrowedByUser',
  '59': 'PriceOracleSentinelCheckFailed',
};

/** Revision 1, the compiled contracts of `@aave/core-v3@1.19.3`. Rates stay as they were deployed. */
export const v3_0: Version = {
  name: '3.0',
  rules: rulesOf(1),
  deploy: (anvil, reserves) => deployAaveV30(anvil, { reserves }),
  setEMode(aave, id, terms, eModeAsset) {
    const { ltv, liquidationThreshold, liquidationBonus, hasPriceSource } = terms;
    const priceSource = hasPriceSource ? eModeAsset : ZeroAddress;
    const category = [ltv, liquidationThreshold, liquidationBonus, priceSource, ''];
    return [{ to: aave.pool, data: pool.encodeFunctionData('configureEModeCategory', [id, category]) }];
  },
  setRates: () => [],
  reasonsOf(returned) {
    if (!returned.startsWith('0x08c379a0')) return unnamedReasons(returned);
    const [code] = errors.decodeErrorResult('Error', returned);
    const reason = REASONS[code];
    return reason === undefined ? unnamedReasons(returned) : [reason];
  },
};
