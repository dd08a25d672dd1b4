// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {MintableToken} from './MintableToken.sol';

/// @title Staked ether whose worth in ether grows (or is slashed) only when the owner says so.
contract StakedEther is MintableToken {
    address public immutable OWNER;
    /// @notice Wei of ether that one whole token is worth.
    uint256 public getRate;

    event RateSet(uint256 rate);

    error NotOwner();

    constructor(uint256 rate) MintableToken('Staked Ether', 'stkETH', 18) {
        OWNER = msg.sender;
        _setRate(rate);
    }

    function setRate(uint256 rate) external {
        if (msg.sender != OWNER) revert NotOwner();
        _setRate(rate);
    }

    function _setRate(uint256 rate) private {
        getRate = rate;
        emit RateSet(rate);
    }
}
