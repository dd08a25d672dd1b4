// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {IAggregator} from '../IAggregator.sol';

/// @title asset/base out of asset/peg and peg/base, as stETH/USD out of stETH/ETH and ETH/USD.
/// @notice Public interface and arithmetic of bgd-labs/cl-synchronicity-price-adapter
///         src/contracts/CLSynchronicityPriceAdapterPegToBase.sol.
contract PegToBaseAdapter {
    IAggregator public immutable PEG_TO_BASE;
    IAggregator public immutable ASSET_TO_PEG;
    uint8 public immutable DECIMALS;
    int256 public immutable DENOMINATOR;

    constructor(IAggregator pegToBase, IAggregator assetToPeg, uint8 decimals_) {
        PEG_TO_BASE = pegToBase;
        ASSET_TO_PEG = assetToPeg;
        DECIMALS = decimals_;
        DENOMINATOR = int256(10 ** (pegToBase.decimals() + assetToPeg.decimals()));
    }

    function latestAnswer() external view returns (int256) {
        int256 asset = ASSET_TO_PEG.latestAnswer();
        int256 peg = PEG_TO_BASE.latestAnswer();
        if (asset <= 0 || peg <= 0) return 0;
        return asset * peg * int256(10 ** DECIMALS) / DENOMINATOR;
    }

    function decimals() external view returns (uint8) {
        return DECIMALS;
    }
}
