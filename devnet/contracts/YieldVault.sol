// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

/// @title A vault's exchange rate, and nothing else of a vault.
contract YieldVault {
    /// @notice Assets that 1e18 shares are worth.
    uint256 public immutable RATE;

    constructor(uint256 rate) {
        RATE = rate;
    }

    function convertToAssets(uint256 shares) external view returns (uint256) {
        return shares * RATE / 1e18;
    }
}
