// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {IERC20} from "../Token.sol";

/// Who has what, and what one of them lets the others take, in one call.
contract Census {
    function take(address subject, address[] calldata tokens, address[] calldata accounts)
        external
        view
        returns (uint256[] memory ether_, uint256[][] memory balances, uint256[][] memory allowances)
    {
        ether_ = new uint256[](accounts.length);
        for (uint256 i; i < accounts.length; ++i) ether_[i] = accounts[i].balance;
        balances = new uint256[][](tokens.length);
        allowances = new uint256[][](tokens.length);
        for (uint256 t; t < tokens.length; ++t) {
            balances[t] = new uint256[](accounts.length);
            allowances[t] = new uint256[](accounts.length);
            for (uint256 i; i < accounts.length; ++i) {
                balances[t][i] = IERC20(tokens[t]).balanceOf(accounts[i]);
                allowances[t][i] = IERC20(tokens[t]).allowance(subject, accounts[i]);
            }
        }
    }
}
