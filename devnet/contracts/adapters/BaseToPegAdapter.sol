// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {IAggregator} from '../IAggregator.sol';

/// @title asset/base out of asset/peg and base/peg, as USDC/ETH out of USDC/USD and ETH/USD.
/// @notice Public interface and arithmetic of bgd-labs/cl-synchronicity-price-adapter
///         src/contracts/CLSynchronicityPriceAdapterBaseToPeg.sol.
contract BaseToPegAdapter {
    IAggregator public immutable BASE_TO_PEG;
    IAggregator public immutable ASSET_TO_PEG;
    uint8 public immutable DECIMALS;

    constructor(IAggregator baseToPeg, IAggregator assetToPeg, uint8 decimals_) {
        BASE_TO_PEG = baseToPeg;
        ASSET_TO_PEG = assetToPeg;
        DECIMALS = decimals_;
    }

    function latestAnswer() external view returns (int256) {
        int256 asset = ASSET_TO_PEG.latestAnswer();
        int256 base = BASE_TO_PEG.latestAnswer();
        if (asset <= 0 || base <= 0) return 0;
        return asset * int256(10 ** DECIMALS) / base;
    }

    function decimals() external view returns (uint8) {
        return DECIMALS;
    }
}
