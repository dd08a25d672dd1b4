// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {IFlashCallbacks} from "../IFlashCallbacks.sol";

/// Aave V3's `liquidationCall` and `flashLoanSimple` with positions written by hand: as much collateral per debt
/// as the test says. Moves tokens in Aave's order.
contract FakeLendingPool {
    struct Position {
        uint256 debt;
        uint256 collateral;
    }

    mapping(address borrower => Position) public positions;
    uint256 public constant PREMIUM_BPS = 5;

    error NothingOwed();
    error LoanRefused();

    function open(address borrower, uint256 debt, uint256 collateral) external {
        positions[borrower] = Position(debt, collateral);
    }

    function liquidationCall(
        address collateralAsset,
        address debtAsset,
        address borrower,
        uint256 debtToCover,
        bool
    ) external {
        Position storage position = positions[borrower];
        uint256 debt = debtToCover < position.debt ? debtToCover : position.debt;
        if (debt == 0) revert NothingOwed();
        uint256 seized = (position.collateral * debt) / position.debt;
        position.debt -= debt;
        position.collateral -= seized;
        // Not checked: tokens that return nothing must pass.
        IERC20Silent(collateralAsset).transfer(msg.sender, seized);
        IERC20Silent(debtAsset).transferFrom(msg.sender, address(this), debt);
    }

    function flashLoanSimple(address receiver, address asset, uint256 amount, bytes calldata params, uint16)
        external
    {
        uint256 premium = (amount * PREMIUM_BPS + 9_999) / 10_000;
        IERC20Silent(asset).transfer(receiver, amount);
        bool repaid = IFlashCallbacks(receiver).executeOperation(asset, amount, premium, msg.sender, params);
        if (!repaid) revert LoanRefused();
        IERC20Silent(asset).transferFrom(receiver, address(this), amount + premium);
    }
}

/// ERC-20 as USDT implements it: callers that expect `bool` would revert on it.
interface IERC20Silent {
    function transfer(address to, uint256 amount) external;
    function transferFrom(address from, address to, uint256 amount) external;
}
