// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {IAggregator} from './IAggregator.sol';

interface IRatioProvider {
    function getRate() external view returns (uint256);
}

/// @title USD price of a staking token: base feed times its ratio, where the ratio may not outgrow a line.
/// @notice Public interface and arithmetic of Aave's correlated-assets price oracle
///         (bgd-labs/aave-capo src/contracts/PriceCapAdapterBase.sol); the ratio provider is StakedEther.
contract RatioPriceCapAdapter {
    struct Cap {
        uint104 snapshotRatio;
        uint48 snapshotTimestamp;
        uint16 maxYearlyRatioGrowthPercent;
    }

    uint256 public constant SECONDS_PER_YEAR = 365 days;
    uint256 public constant SCALING_FACTOR = 1e6;
    uint256 private constant PERCENTAGE_FACTOR = 1e4;

    IAggregator public immutable BASE_TO_USD_AGGREGATOR;
    address public immutable RATIO_PROVIDER;
    uint8 public immutable RATIO_DECIMALS;
    uint8 public immutable DECIMALS;
    address public immutable OWNER;
    string public description;

    Cap private _cap;

    event CapParametersUpdated(
        uint256 snapshotRatio,
        uint256 snapshotTimestamp,
        uint256 maxRatioGrowthPerSecond,
        uint16 maxYearlyRatioGrowthPercent
    );

    error NotOwner();
    error SnapshotRatioIsZero();
    error InvalidRatioTimestamp(uint48 timestamp);

    constructor(IAggregator base, address ratioProvider, uint8 ratioDecimals, string memory text, Cap memory cap) {
        BASE_TO_USD_AGGREGATOR = base;
        RATIO_PROVIDER = ratioProvider;
        RATIO_DECIMALS = ratioDecimals;
        DECIMALS = base.decimals();
        OWNER = msg.sender;
        description = text;
        _setCapParameters(cap);
    }

    function setCapParameters(Cap calldata cap) external {
        if (msg.sender != OWNER) revert NotOwner();
        _setCapParameters(cap);
    }

    /// @notice Zero while base feed or ratio is not positive.
    function latestAnswer() external view returns (int256) {
        int256 base = BASE_TO_USD_AGGREGATOR.latestAnswer();
        int256 ratio = getRatio();
        if (base <= 0 || ratio <= 0) return 0;
        int256 capped = ratio < _maxRatio() ? ratio : _maxRatio();
        return (base * capped) / int256(10 ** RATIO_DECIMALS);
    }

    function decimals() external view returns (uint8) {
        return DECIMALS;
    }

    function getRatio() public view returns (int256) {
        return int256(IRatioProvider(RATIO_PROVIDER).getRate());
    }

    function isCapped() external view returns (bool) {
        return getRatio() > _maxRatio();
    }

    function getSnapshotRatio() external view returns (uint256) {
        return _cap.snapshotRatio;
    }

    function getSnapshotTimestamp() external view returns (uint256) {
        return _cap.snapshotTimestamp;
    }

    function getMaxYearlyGrowthRatePercent() external view returns (uint256) {
        return _cap.maxYearlyRatioGrowthPercent;
    }

    function getMaxRatioGrowthPerSecond() public view returns (uint256) {
        return getMaxRatioGrowthPerSecondScaled() / SCALING_FACTOR;
    }

    function getMaxRatioGrowthPerSecondScaled() public view returns (uint256) {
        uint256 yearly = uint256(_cap.snapshotRatio) * _cap.maxYearlyRatioGrowthPercent * SCALING_FACTOR;
        return yearly / PERCENTAGE_FACTOR / SECONDS_PER_YEAR;
    }

    function _maxRatio() private view returns (int256) {
        uint256 elapsed = block.timestamp - _cap.snapshotTimestamp;
        return int256(_cap.snapshotRatio + (getMaxRatioGrowthPerSecondScaled() * elapsed) / SCALING_FACTOR);
    }

    function _setCapParameters(Cap memory cap) private {
        if (cap.snapshotRatio == 0) revert SnapshotRatioIsZero();
        if (cap.snapshotTimestamp <= _cap.snapshotTimestamp || cap.snapshotTimestamp > block.timestamp)
            revert InvalidRatioTimestamp(cap.snapshotTimestamp);
        _cap = cap;
        emit CapParametersUpdated(
            cap.snapshotRatio, cap.snapshotTimestamp, getMaxRatioGrowthPerSecond(), cap.maxYearlyRatioGrowthPercent
        );
    }
}
