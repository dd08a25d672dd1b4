// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

/// @title The smallest opportunity there is: whoever takes the announced prize first has it.
/// @dev   `announce` stands for an oracle's transaction, `take` for a liquidation that pays its bid.
contract Prize {
    address public winner;
    bool public isOpen;

    error NotAnnounced();
    error AlreadyTaken(address winner);

    function announce() external {
        isOpen = true;
        winner = address(0);
    }

    /// @notice Pays all ether sent along to `block.coinbase`.
    function take() external payable {
        if (!isOpen) revert NotAnnounced();
        if (winner != address(0)) revert AlreadyTaken(winner);
        winner = msg.sender;
        (bool paid,) = block.coinbase.call{value: msg.value}("");
        require(paid, "bid rejected");
    }
}
