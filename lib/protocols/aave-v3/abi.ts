import { lateInterface } from '../../ethereum/late-interface.ts';

/** `@aave-dao/aave-v3-origin@3.6.0 src/contracts/interfaces/IPoolAddressesProvider.sol` */
export const addressesProviderInterface = lateInterface([
  'function getPool() view returns (address)',
  'function getPriceOracle() view returns (address)',
  'function getPriceOracleSentinel() view returns (address)',
]);

/**
 * `@aave-dao/aave-v3-origin@3.6.0 src/contracts/interfaces/IPool.sol`; `getEModeCategoryData` as before 3.2,
 * when it still named a price source.
 */
export const poolInterface = lateInterface([
  'function POOL_REVISION() view returns (uint256)',
  'function getReservesList() view returns (address[])',
  `function getReserveData(address asset) view returns (tuple(
    uint256 configuration, uint128 liquidityIndex, uint128 currentLiquidityRate, uint128 variableBorrowIndex,
    uint128 currentVariableBorrowRate, uint128 currentStableBorrowRate, uint40 lastUpdateTimestamp, uint16 id,
    address aTokenAddress, address stableDebtTokenAddress, address variableDebtTokenAddress,
    address interestRateStrategyAddress, uint128 accruedToTreasury, uint128 unbacked,
    uint128 isolationModeTotalDebt))`,
  'function getLiquidationGracePeriod(address asset) view returns (uint40)',
  'function getVirtualUnderlyingBalance(address asset) view returns (uint128)',
  'function getUserAccountData(address user) view returns (uint256 totalCollateralBase, uint256 totalDebtBase, uint256 availableBorrowsBase, uint256 currentLiquidationThreshold, uint256 ltv, uint256 healthFactor)',
  'function getUserConfiguration(address user) view returns (uint256)',
  'function getUserEMode(address user) view returns (uint256)',
  'function getEModeCategoryData(uint8 id) view returns (tuple(uint16 ltv, uint16 liquidationThreshold, uint16 liquidationBonus, address priceSource, string label))',
  'function getEModeCategoryCollateralConfig(uint8 id) view returns (tuple(uint16 ltv, uint16 liquidationThreshold, uint16 liquidationBonus))',
  'function getEModeCategoryCollateralBitmap(uint8 id) view returns (uint128)',
  'function liquidationCall(address collateralAsset, address debtAsset, address borrower, uint256 debtToCover, bool receiveAToken)',
  'event Borrow(address indexed reserve, address user, address indexed onBehalfOf, uint256 amount, uint8 interestRateMode, uint256 borrowRate, uint16 indexed referralCode)',
  'event ReserveUsedAsCollateralEnabled(address indexed reserve, address indexed user)',
  'event ReserveUsedAsCollateralDisabled(address indexed reserve, address indexed user)',
  'event UserEModeSet(address indexed user, uint8 categoryId)',
  'event LiquidationCall(address indexed collateralAsset, address indexed debtAsset, address indexed user, uint256 debtToCover, uint256 liquidatedCollateralAmount, address liquidator, bool receiveAToken)',
]);

/** aToken, variable debt token, stable debt token (gone since 3.2) and the underlying. */
export const tokenInterface = lateInterface([
  'function balanceOf(address account) view returns (uint256)',
  'function scaledBalanceOf(address user) view returns (uint256)',
  'function principalBalanceOf(address user) view returns (uint256)',
  'function getUserStableRate(address user) view returns (uint256)',
  'function getUserLastUpdated(address user) view returns (uint40)',
  'event Mint(address indexed caller, address indexed onBehalfOf, uint256 value, uint256 balanceIncrease, uint256 index)',
  'event Burn(address indexed from, address indexed target, uint256 value, uint256 balanceIncrease, uint256 index)',
  'event BalanceTransfer(address indexed from, address indexed to, uint256 value, uint256 index)',
]);

/** `@aave-dao/aave-v3-origin@3.6.0 src/contracts/interfaces/IAaveOracle.sol` */
export const oracleInterface = lateInterface([
  'function BASE_CURRENCY() view returns (address)',
  'function BASE_CURRENCY_UNIT() view returns (uint256)',
  'function getSourceOfAsset(address asset) view returns (address)',
  'function getFallbackOracle() view returns (address)',
  'function getAssetPrice(address asset) view returns (uint256)',
]);

export const sentinelInterface = lateInterface(['function isLiquidationAllowed() view returns (bool)']);
