import { AbiCoder, getCreateAddress, Interface, ZeroAddress } from 'ethers';
import type { Address } from '../../lib/hex.ts';
import {
  deployAcl,
  deployOracle,
  FLASH_LOAN_PREMIUM_BPS,
  proxiesOf,
  setDataProvider,
  setImplementations,
  TREASURY,
} from './aave-provider.ts';
import { deployerAddress } from './accounts.ts';
import type { Anvil } from './anvil.ts';
import { type Artifacts, compileAave } from './compile.ts';
import {
  configureEMode,
  configureReserve,
  type EModeSpec,
  type RateSpec,
  type ReserveSpec,
} from './reserves.ts';
import { type Script, startScript } from './script.ts';

/** A deployed Aave V3 market; the deployer has every role in it. */
export interface AaveMarket {
  readonly addressesProvider: Address;
  readonly pool: Address;
  readonly poolConfigurator: Address;
  readonly aclManager: Address;
  readonly oracle: Address;
  readonly dataProvider: Address;
  /** V3.6's own view of what a liquidation would do; not there in V3.0. */
  readonly liquidationDataProvider?: Address;
  readonly treasury: Address;
  readonly reserves: readonly AaveReserve[];
}

export interface AaveReserve {
  readonly symbol: string;
  readonly token: Address;
  readonly aToken: Address;
  readonly variableDebtToken: Address;
  readonly priceSource: Address;
}

export interface AaveSpec {
  readonly reserves: readonly ReserveSpec[];
  readonly eModes?: readonly EModeSpec[];
}

/** Aave V3.6 (POOL_REVISION 10) from `@aave-dao/aave-v3-origin@3.6.0`. */
export async function deployAave(anvil: Anvil, spec: AaveSpec): Promise<AaveMarket> {
  const script = await startScript(anvil, deployerAddress);
  const market = scriptAave(script, await compileAave(), spec);
  await script.mine();
  return market;
}

/** Queues the whole deployment: the addresses are certain before it is mined. */
export function scriptAave(script: Script, aave: Artifacts, spec: AaveSpec): AaveMarket {
  const at = deployContracts(script, aave, spec.reserves);
  const reserves = listReserves(script, aave, at, spec.reserves);
  for (const reserve of spec.reserves) configureReserve(script, at.poolConfigurator, reserve);
  for (const eMode of spec.eModes ?? []) configureEMode(script, at.poolConfigurator, eMode);
  script.call(at.poolConfigurator, configurator, 'updateFlashloanPremium', [FLASH_LOAN_PREMIUM_BPS]);
  return { ...at, reserves };
}

const configurator = new Interface([
  'function initReserves((address aTokenImpl, address variableDebtTokenImpl, address underlyingAsset, string aTokenName, string aTokenSymbol, string variableDebtTokenName, string variableDebtTokenSymbol, bytes params, bytes interestRateData)[])',
  'function updateFlashloanPremium(uint128)',
]);

type Contracts = Omit<Required<AaveMarket>, 'reserves'>;

function deployContracts(script: Script, aave: Artifacts, reserves: readonly ReserveSpec[]): Contracts {
  const addressesProvider = script.deploy(aave.get('PoolAddressesProvider'), ['Devnet', script.deployer]);
  const strategy = script.deploy(aave.get('DefaultReserveInterestRateStrategyV2'), [addressesProvider]);
  const aclManager = deployAcl(script, aave.get('ACLManager'), addressesProvider);
  const oracle = deployOracle(script, aave.get('AaveOracle'), addressesProvider, reserves);
  deployImplementations(script, aave, addressesProvider, strategy);
  const { pool, poolConfigurator } = proxiesOf(addressesProvider);
  const dataProvider = script.deploy(aave.get('AaveProtocolDataProvider'), [addressesProvider]);
  setDataProvider(script, addressesProvider, dataProvider);
  const liquidationDataProvider = script.deploy(aave.get('LiquidationDataProvider'), [
    pool,
    addressesProvider,
  ]);
  return {
    ...{ addressesProvider, pool, poolConfigurator, aclManager, oracle },
    ...{ dataProvider, liquidationDataProvider, treasury: TREASURY },
  };
}

function deployImplementations(
  script: Script,
  aave: Artifacts,
  addressesProvider: Address,
  strategy: Address,
): void {
  const library = (name: string, libraries = {}) => script.deploy(aave.get(name), [], libraries);
  const BorrowLogic = library('BorrowLogic');
  const poolLibraries = {
    BorrowLogic,
    LiquidationLogic: library('LiquidationLogic'),
    PoolLogic: library('PoolLogic'),
    SupplyLogic: library('SupplyLogic'),
    FlashLoanLogic: library('FlashLoanLogic', { BorrowLogic }),
  };
  const ConfiguratorLogic = library('ConfiguratorLogic');
  const pool = script.deploy(aave.get('PoolInstance'), [addressesProvider, strategy], poolLibraries);
  const poolConfigurator = script.deploy(aave.get('PoolConfiguratorInstance'), [], { ConfiguratorLogic });
  setImplementations(script, addressesProvider, pool, poolConfigurator);
}

function listReserves(
  script: Script,
  aave: Artifacts,
  { pool, poolConfigurator }: Contracts,
  reserves: readonly ReserveSpec[],
): AaveReserve[] {
  const aToken = script.deploy(aave.get('ATokenInstance'), [pool, ZeroAddress, TREASURY]);
  const debtToken = script.deploy(aave.get('VariableDebtTokenInstance'), [pool, ZeroAddress]);
  const input = reserves.map(({ token, symbol, rates }) => [
    ...[aToken, debtToken, token, `Aave ${symbol}`, `a${symbol}`],
    ...[`Aave Variable Debt ${symbol}`, `variableDebt${symbol}`, '0x', encodeRates(rates)],
  ]);
  script.call(poolConfigurator, configurator, 'initReserves', [input]);
  return reserves.map(({ symbol, token, priceSource }, index) => ({
    ...{ symbol, token, priceSource },
    aToken: getCreateAddress({ from: poolConfigurator, nonce: 1 + 2 * index }),
    variableDebtToken: getCreateAddress({ from: poolConfigurator, nonce: 2 + 2 * index }),
  }));
}

/** `DefaultReserveInterestRateStrategyV2.InterestRateData`, in bps. */
function encodeRates(rates: RateSpec): string {
  return AbiCoder.defaultAbiCoder().encode(
    ['uint16', 'uint32', 'uint32', 'uint32'],
    [rates.optimalUsageBps, rates.baseBps, rates.slope1Bps, rates.slope2Bps],
  );
}
