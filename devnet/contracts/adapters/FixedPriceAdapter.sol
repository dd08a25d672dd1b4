// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

/// @title A price that governance has fixed.
/// @notice Public interface of bgd-labs/aave-capo src/contracts/misc-adapters/FixedPriceAdapter.sol.
contract FixedPriceAdapter {
    address public immutable ACL_MANAGER;
    uint8 public immutable DECIMALS;
    int256 public immutable price;

    constructor(uint8 decimals_, int256 price_) {
        ACL_MANAGER = msg.sender;
        DECIMALS = decimals_;
        price = price_;
    }

    function latestAnswer() external view returns (int256) {
        return price;
    }

    function decimals() external view returns (uint8) {
        return DECIMALS;
    }
}
