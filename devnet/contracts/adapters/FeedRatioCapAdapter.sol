// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {IAggregator} from '../IAggregator.sol';

/// @title As RatioPriceCapAdapter, where the ratio is a feed of its own, and the growth is not scaled.
/// @notice Public interface and arithmetic of bgd-labs/aave-capo src/contracts/CLRatePriceCapAdapter.sol on the
///         first generation of PriceCapAdapterBase.sol.
contract FeedRatioCapAdapter {
    IAggregator public immutable BASE_TO_USD_AGGREGATOR;
    IAggregator public immutable RATIO_PROVIDER;
    uint8 public immutable RATIO_DECIMALS;
    uint256 public immutable getSnapshotRatio;
    uint256 public immutable getSnapshotTimestamp;
    uint256 public immutable getMaxRatioGrowthPerSecond;

    constructor(IAggregator base, IAggregator ratio, uint256 snapshotRatio, uint256 snapshotTimestamp, uint256 growth) {
        BASE_TO_USD_AGGREGATOR = base;
        RATIO_PROVIDER = ratio;
        RATIO_DECIMALS = ratio.decimals();
        getSnapshotRatio = snapshotRatio;
        getSnapshotTimestamp = snapshotTimestamp;
        getMaxRatioGrowthPerSecond = growth;
    }

    function latestAnswer() external view returns (int256) {
        int256 ratio = getRatio();
        int256 base = BASE_TO_USD_AGGREGATOR.latestAnswer();
        if (base <= 0 || ratio <= 0) return 0;
        uint256 elapsed = block.timestamp - getSnapshotTimestamp;
        int256 most = int256(getSnapshotRatio + getMaxRatioGrowthPerSecond * elapsed);
        return base * (ratio > most ? most : ratio) / int256(10 ** RATIO_DECIMALS);
    }

    function decimals() external view returns (uint8) {
        return BASE_TO_USD_AGGREGATOR.decimals();
    }

    function getRatio() public view returns (int256) {
        return RATIO_PROVIDER.latestAnswer();
    }
}
