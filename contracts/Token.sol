// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {ILiquidationExecutor} from "./ILiquidationExecutor.sol";

interface IERC20 {
    function balanceOf(address account) external view returns (uint256);
    function allowance(address owner, address spender) external view returns (uint256);
    function transfer(address to, uint256 amount) external returns (bool);
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
    function approve(address spender, uint256 amount) external returns (bool);
}

interface IWETH is IERC20 {
    function deposit() external payable;
    function withdraw(uint256 amount) external;
}

/// The ERC-20 verbs for tokens that return nothing, return false, or are no contract at all.
library Token {
    function ownBalance(address token) internal view returns (uint256) {
        return IERC20(token).balanceOf(address(this));
    }

    function pay(address token, address to, uint256 amount) internal {
        _mustAccept(token, abi.encodeCall(IERC20.transfer, (to, amount)));
    }

    function approve(address token, address spender, uint256 amount) internal {
        _mustAccept(token, abi.encodeCall(IERC20.approve, (spender, amount)));
    }

    /// Reads first: a spender that took all of it leaves nothing to reset, and some tokens revert on approve(0).
    function revoke(address token, address spender) internal {
        if (IERC20(token).allowance(address(this), spender) != 0) approve(token, spender, 0);
    }

    /// Accepts `true`, or silence from something that has code. Copies one word of what the token returns.
    function _mustAccept(address token, bytes memory data) private {
        bool accepted;
        assembly ("memory-safe") {
            mstore(0, 0)
            accepted := call(gas(), token, 0, add(data, 32), mload(data), 0, 32)
            switch returndatasize()
            case 0 { accepted := and(accepted, gt(extcodesize(token), 0)) }
            default { accepted := and(accepted, eq(mload(0), 1)) }
        }
        if (!accepted) revert ILiquidationExecutor.TokenRefused(token);
    }
}
