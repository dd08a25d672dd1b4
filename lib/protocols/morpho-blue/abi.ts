import { id } from 'ethers';
import { address, encodeCall, integer } from '../../ethereum/abi.ts';
import { lateInterface } from '../../ethereum/late-interface.ts';
import type { Hex } from '../../hex.ts';
import type { Market, MarketParams } from './state.ts';

const PARAMS = 'tuple(address loanToken, address collateralToken, address oracle, address irm, uint256 lltv)';
const MARKET =
  'tuple(uint128 totalSupplyAssets, uint128 totalSupplyShares, uint128 totalBorrowAssets, uint128 totalBorrowShares, uint128 lastUpdate, uint128 fee)';

/** `@morpho-org/morpho-blue@1.0.0 src/interfaces/IMorpho.sol` and `src/libraries/EventsLib.sol` */
export const morphoInterface = lateInterface([
  'function idToMarketParams(bytes32 id) view returns (address loanToken, address collateralToken, address oracle, address irm, uint256 lltv)',
  'function market(bytes32 id) view returns (uint128 totalSupplyAssets, uint128 totalSupplyShares, uint128 totalBorrowAssets, uint128 totalBorrowShares, uint128 lastUpdate, uint128 fee)',
  'function position(bytes32 id, address user) view returns (uint256 supplyShares, uint128 borrowShares, uint128 collateral)',
  `function liquidate(${PARAMS} marketParams, address borrower, uint256 seizedAssets, uint256 repaidShares, bytes data) returns (uint256, uint256)`,
  'function isAuthorized(address authorizer, address authorized) view returns (bool)',
  'event SetAuthorization(address indexed caller, address indexed authorizer, address indexed authorized, bool newIsAuthorized)',
  'event Borrow(bytes32 indexed id, address caller, address indexed onBehalf, address indexed receiver, uint256 assets, uint256 shares)',
  'event Repay(bytes32 indexed id, address indexed caller, address indexed onBehalf, uint256 assets, uint256 shares)',
  'event SupplyCollateral(bytes32 indexed id, address indexed caller, address indexed onBehalf, uint256 assets)',
  'event WithdrawCollateral(bytes32 indexed id, address caller, address indexed onBehalf, address indexed receiver, uint256 assets)',
  'event Liquidate(bytes32 indexed id, address indexed caller, address indexed borrower, uint256 repaidAssets, uint256 repaidShares, uint256 seizedAssets, uint256 badDebtAssets, uint256 badDebtShares)',
]);

/** github.com/morpho-org/pre-liquidation `src/interfaces/IPreLiquidation.sol` and `src/libraries/EventsLib.sol` */
export const preLiquidationInterface = lateInterface([
  'function preLiquidate(address borrower, uint256 seizedAssets, uint256 repaidShares, bytes data) returns (uint256, uint256)',
  'event PreLiquidate(bytes32 indexed id, address indexed liquidator, address indexed borrower, uint256 repaidAssets, uint256 repaidShares, uint256 seizedAssets)',
  'event CreatePreLiquidation(address indexed preLiquidation, bytes32 id, tuple(uint256 preLltv, uint256 preLCF1, uint256 preLCF2, uint256 preLIF1, uint256 preLIF2, address preLiquidationOracle) preLiquidationParams)',
]);

/** `IIrm.sol`, and the adaptive curve's own getter (github.com/morpho-org/morpho-blue-irm IAdaptiveCurveIrm.sol). */
export const irmInterface = lateInterface([
  `function borrowRateView(${PARAMS} marketParams, ${MARKET} market) view returns (uint256)`,
  'function rateAtTarget(bytes32 id) view returns (int256)',
]);

/** Both are structs of words, which are encoded as their members. */
export function encodeBorrowRateView(params: MarketParams, market: Market): Hex {
  const { loanToken, collateralToken, oracle, irm, lltv } = params;
  const { totalSupplyAssets, totalSupplyShares, totalBorrowAssets, totalBorrowShares, lastUpdate, fee } =
    market;
  const totals = [
    totalSupplyAssets,
    totalSupplyShares,
    totalBorrowAssets,
    totalBorrowShares,
    lastUpdate,
    fee,
  ];
  return encodeCall(BORROW_RATE_VIEW, [
    ...[loanToken, collateralToken, oracle, irm].map(address),
    ...[lltv, ...totals].map(integer),
  ]);
}

const BORROW_RATE_VIEW = id(
  'borrowRateView((address,address,address,address,uint256),(uint128,uint128,uint128,uint128,uint128,uint128))',
).slice(0, 10);

/** What an oracle of github.com/morpho-org/morpho-blue-oracles reads: `MorphoChainlinkOracleV2.sol` and the first. */
export const oracleInterface = lateInterface(['function price() view returns (uint256)']);
export const vaultInterface = lateInterface([
  'function convertToAssets(uint256 shares) view returns (uint256)',
]);
export const feedInterface = lateInterface([
  'function latestRoundData() view returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)',
]);
