// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {IAggregator} from '../IAggregator.sol';

/// @title USD price of a stablecoin of another currency, at most that currency's price times a ratio.
/// @notice Public interface and arithmetic of bgd-labs/aave-capo
///         src/contracts/misc-adapters/EURPriceCapAdapterStable.sol.
contract CurrencyPriceCapAdapter {
    IAggregator public immutable ASSET_TO_USD_AGGREGATOR;
    IAggregator public immutable BASE_TO_USD_AGGREGATOR;
    uint8 public immutable RATIO_DECIMALS;
    uint8 public immutable decimals;
    int256 private immutable _ratio;

    constructor(IAggregator asset, IAggregator base, uint8 ratioDecimals, int256 ratio) {
        ASSET_TO_USD_AGGREGATOR = asset;
        BASE_TO_USD_AGGREGATOR = base;
        RATIO_DECIMALS = ratioDecimals;
        decimals = asset.decimals();
        _ratio = ratio;
    }

    function latestAnswer() external view returns (int256) {
        int256 price = ASSET_TO_USD_AGGREGATOR.latestAnswer();
        int256 most = BASE_TO_USD_AGGREGATOR.latestAnswer() * _ratio / int256(10 ** RATIO_DECIMALS);
        return price > most ? most : price;
    }

    function getPriceCapRatio() external view returns (int256) {
        return _ratio;
    }
}
