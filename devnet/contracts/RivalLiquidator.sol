// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

interface IAavePool {
    function liquidationCall(
        address collateralAsset,
        address debtAsset,
        address borrower,
        uint256 debtToCover,
        bool receiveAToken
    ) external;
}

/// @dev Without return values, so that tokens that return nothing are fine too.
interface IInventoryToken {
    function approve(address spender, uint256 amount) external;
    function transfer(address to, uint256 amount) external;
}

/// @title A competitor of the liquidator: liquidates with funds of its own and pays a fixed bid.
contract RivalLiquidator {
    address public immutable OWNER = msg.sender;

    error NotOwner();
    error BidRejected();

    modifier onlyOwner() {
        if (msg.sender != OWNER) revert NotOwner();
        _;
    }

    /// @notice Liquidates, then pays all ether sent along to `block.coinbase`. The seized collateral stays here.
    function liquidate(
        IAavePool pool,
        address collateralAsset,
        address debtAsset,
        address borrower,
        uint256 debtToCover
    ) external payable onlyOwner {
        IInventoryToken(debtAsset).approve(address(pool), debtToCover);
        pool.liquidationCall(collateralAsset, debtAsset, borrower, debtToCover, false);
        IInventoryToken(debtAsset).approve(address(pool), 0);
        (bool paid,) = block.coinbase.call{value: msg.value}("");
        if (!paid) revert BidRejected();
    }

    function withdraw(address token, uint256 amount) external onlyOwner {
        IInventoryToken(token).transfer(OWNER, amount);
    }
}
