// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {IAggregator} from '../IAggregator.sol';

/// @title Has the getters of a capped stablecoin, and another rule.
contract HalvingAdapter {
    IAggregator public immutable ASSET_TO_USD_AGGREGATOR;
    int256 public constant getPriceCap = 2e8;

    constructor(IAggregator asset) {
        ASSET_TO_USD_AGGREGATOR = asset;
    }

    function latestAnswer() external view returns (int256) {
        return ASSET_TO_USD_AGGREGATOR.latestAnswer() / 2;
    }
}

/// @title Says that it caps itself.
contract SelfReadingAdapter {
    int256 public constant latestAnswer = 1e8;
    int256 public constant getPriceCap = 2e8;

    function ASSET_TO_USD_AGGREGATOR() external view returns (address) {
        return address(this);
    }
}

/// @title Answers nothing but that it exists.
contract SilentAdapter {
    uint8 public constant decimals = 8;
}
