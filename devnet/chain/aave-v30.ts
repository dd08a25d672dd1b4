import { getCreateAddress, Interface, ZeroAddress } from 'ethers';
import type { Address } from '../../lib/hex.ts';
import type { AaveMarket, AaveReserve, AaveSpec } from './aave.ts';
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
import { artifact } from './artifact.ts';
import { readContract } from './read.ts';
import { configureReserve, type EModeSpec, type RateSpec, type ReserveSpec } from './reserves.ts';
import { type Script, startScript } from './script.ts';

const contract = (name: string) => artifact('@aave/core-v3', name);

const configurator = new Interface([
  'function initReserves((address aTokenImpl, address stableDebtTokenImpl, address variableDebtTokenImpl, uint8 underlyingAssetDecimals, address interestRateStrategyAddress, address underlyingAsset, address treasury, address incentivesController, string aTokenName, string aTokenSymbol, string variableDebtTokenName, string variableDebtTokenSymbol, string stableDebtTokenName, string stableDebtTokenSymbol, bytes params)[])',
  'function updateFlashloanPremiumTotal(uint128)',
  'function setEModeCategory(uint8 id, uint16 ltv, uint16 threshold, uint16 bonus, address oracle, string label)',
  'function setAssetEModeCategory(address asset, uint8 id)',
]);
const token = new Interface(['function decimals() view returns (uint8)']);

/**
 * Aave V3.0 (POOL_REVISION 1), the compiled contracts of `@aave/core-v3@1.19.3`. An e-mode holds all its
 * assets, whether listed as collateral or to borrow.
 */
export async function deployAaveV30(anvil: Anvil, spec: AaveSpec): Promise<AaveMarket> {
  const script = await startScript(anvil, deployerAddress);
  const decimals = await Promise.all(
    spec.reserves.map((reserve) => readContract(anvil, reserve.token, token, 'decimals')),
  );
  const at = deployContracts(script, spec.reserves);
  const reserves = listReserves(
    script,
    at,
    spec.reserves,
    decimals.map(([value]) => Number(value)),
  );
  for (const reserve of spec.reserves) configureReserve(script, at.poolConfigurator, reserve);
  for (const eMode of spec.eModes ?? []) configureEMode(script, at.poolConfigurator, eMode);
  script.call(at.poolConfigurator, configurator, 'updateFlashloanPremiumTotal', [FLASH_LOAN_PREMIUM_BPS]);
  await script.mine();
  return { ...at, reserves };
}

type Contracts = Omit<AaveMarket, 'reserves'>;

function deployContracts(script: Script, reserves: readonly ReserveSpec[]): Contracts {
  const addressesProvider = script.deploy(contract('PoolAddressesProvider'), [
    'Devnet V3.0',
    script.deployer,
  ]);
  const aclManager = deployAcl(script, contract('ACLManager'), addressesProvider);
  const oracle = deployOracle(script, contract('AaveOracle'), addressesProvider, reserves);
  deployImplementations(script, addressesProvider);
  const dataProvider = script.deploy(contract('AaveProtocolDataProvider'), [addressesProvider]);
  setDataProvider(script, addressesProvider, dataProvider);
  return {
    addressesProvider,
    ...proxiesOf(addressesProvider),
    aclManager,
    oracle,
    dataProvider,
    treasury: TREASURY,
  };
}

function deployImplementations(script: Script, addressesProvider: Address): void {
  const library = (name: string, libraries = {}) => script.deploy(contract(name), [], libraries);
  const BorrowLogic = library('BorrowLogic');
  const poolLibraries = {
    BorrowLogic,
    BridgeLogic: library('BridgeLogic'),
    EModeLogic: library('EModeLogic'),
    FlashLoanLogic: library('FlashLoanLogic', { BorrowLogic }),
    LiquidationLogic: library('LiquidationLogic'),
    PoolLogic: library('PoolLogic'),
    SupplyLogic: library('SupplyLogic'),
  };
  const pool = script.deploy(contract('Pool'), [addressesProvider], poolLibraries);
  const configuratorLibraries = { ConfiguratorLogic: library('ConfiguratorLogic') };
  const poolConfigurator = script.deploy(contract('PoolConfigurator'), [], configuratorLibraries);
  setImplementations(script, addressesProvider, pool, poolConfigurator);
}

function listReserves(
  script: Script,
  { addressesProvider, pool, poolConfigurator }: Contracts,
  reserves: readonly ReserveSpec[],
  decimals: readonly number[],
): AaveReserve[] {
  const [aToken, stable, variable] = ['AToken', 'StableDebtToken', 'VariableDebtToken'].map((name) =>
    script.deploy(contract(name), [pool]),
  );
  const input = reserves.map(({ token, symbol, rates }, index) => {
    const strategy = script.deploy(contract('DefaultReserveInterestRateStrategy'), [
      addressesProvider,
      ...strategyRates(rates),
    ]);
    const names = ['a', 'variableDebt', 'stableDebt'].flatMap((kind) => [
      `Aave ${kind} ${symbol}`,
      kind + symbol,
    ]);
    return [
      aToken,
      stable,
      variable,
      decimals[index],
      strategy,
      token,
      TREASURY,
      ZeroAddress,
      ...names,
      '0x',
    ];
  });
  script.call(poolConfigurator, configurator, 'initReserves', [input]);
  return reserves.map(({ symbol, token, priceSource }, index) => ({
    ...{ symbol, token, priceSource },
    aToken: getCreateAddress({ from: poolConfigurator, nonce: 1 + 3 * index }),
    variableDebtToken: getCreateAddress({ from: poolConfigurator, nonce: 3 + 3 * index }),
  }));
}

/** In ray; nobody borrows at a stable rate here. */
function strategyRates({ optimalUsageBps, baseBps, slope1Bps, slope2Bps }: RateSpec): bigint[] {
  const variable = [optimalUsageBps, baseBps, slope1Bps, slope2Bps].map((bps) => BigInt(bps) * 10n ** 23n);
  return [...variable, 0n, 0n, 0n, 0n, 0n];
}

function configureEMode(script: Script, poolConfigurator: Address, eMode: EModeSpec): void {
  const { id, maxLtvBps, liquidationThresholdBps, liquidationBonusBps, label } = eMode;
  const terms = [id, maxLtvBps, liquidationThresholdBps, liquidationBonusBps, ZeroAddress, label];
  script.call(poolConfigurator, configurator, 'setEModeCategory', terms);
  for (const asset of new Set([...eMode.collaterals, ...eMode.borrowables]))
    script.call(poolConfigurator, configurator, 'setAssetEModeCategory', [asset, id]);
}
