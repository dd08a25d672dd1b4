// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {IAggregator} from '../IAggregator.sol';

/// @title USD price of a dollar stablecoin, at most a cap.
/// @notice Public interface and arithmetic of bgd-labs/aave-capo src/contracts/PriceCapAdapterStable.sol.
contract StablePriceCapAdapter {
    IAggregator public immutable ASSET_TO_USD_AGGREGATOR;
    uint8 public immutable decimals;
    int256 private immutable _cap;

    constructor(IAggregator asset, int256 cap) {
        ASSET_TO_USD_AGGREGATOR = asset;
        decimals = asset.decimals();
        _cap = cap;
    }

    function latestAnswer() external view returns (int256) {
        int256 price = ASSET_TO_USD_AGGREGATOR.latestAnswer();
        if (price > _cap) return _cap;
        return price <= 0 ? int256(0) : price;
    }

    function getPriceCap() external view returns (int256) {
        return _cap;
    }
}
