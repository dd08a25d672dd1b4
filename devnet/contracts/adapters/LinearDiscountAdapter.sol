// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {IAggregator} from '../IAggregator.sol';

/// @title USD price of a principal token: what it is a claim on, less a discount that is gone at maturity.
/// @notice Public interface and arithmetic of bgd-labs/aave-capo src/contracts/PendlePriceCapAdapter.sol.
contract LinearDiscountAdapter {
    uint256 public constant PERCENTAGE_FACTOR = 1e18;
    uint256 public constant SECONDS_PER_YEAR = 365 days;

    IAggregator public immutable ASSET_TO_USD_AGGREGATOR;
    uint256 public immutable MATURITY;
    uint64 public immutable discountRatePerYear;
    uint8 public immutable DECIMALS;

    constructor(IAggregator asset, uint256 maturity, uint64 rate) {
        ASSET_TO_USD_AGGREGATOR = asset;
        MATURITY = maturity;
        discountRatePerYear = rate;
        DECIMALS = asset.decimals();
    }

    function latestAnswer() external view returns (int256) {
        int256 price = ASSET_TO_USD_AGGREGATOR.latestAnswer();
        if (price <= 0) return 0;
        return int256(uint256(price) * (PERCENTAGE_FACTOR - getCurrentDiscount()) / PERCENTAGE_FACTOR);
    }

    function getCurrentDiscount() public view returns (uint256) {
        uint256 left = MATURITY > block.timestamp ? MATURITY - block.timestamp : 0;
        return left * discountRatePerYear / SECONDS_PER_YEAR;
    }

    function decimals() external view returns (uint8) {
        return DECIMALS;
    }
}
