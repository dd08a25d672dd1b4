// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {IERC20} from "../Token.sol";
import {IFlashCallbacks} from "../IFlashCallbacks.sol";

/// Morpho Blue's flash loan and liquidation: the caller is called back, then pulled from.
contract FakeMorpho {
    struct MarketParams {
        address loanToken;
        address collateralToken;
        address oracle;
        address irm;
        uint256 lltv;
    }

    function flashLoan(address token, uint256 assets, bytes calldata data) external {
        IERC20(token).transfer(msg.sender, assets);
        IFlashCallbacks(msg.sender).onMorphoFlashLoan(assets, data);
        IERC20(token).transferFrom(msg.sender, address(this), assets);
    }

    /// One loan unit a share, 10 % bonus at a price of one.
    function liquidate(
        MarketParams calldata market,
        address,
        uint256 seizedAssets,
        uint256,
        bytes calldata data
    ) external returns (uint256, uint256) {
        uint256 repaidAssets = (seizedAssets * 10) / 11;
        IERC20(market.collateralToken).transfer(msg.sender, seizedAssets);
        if (data.length > 0) IFlashCallbacks(msg.sender).onMorphoLiquidate(repaidAssets, data);
        IERC20(market.loanToken).transferFrom(msg.sender, address(this), repaidAssets);
        return (seizedAssets, repaidAssets);
    }
}

/// Balancer V2's Vault: anyone may name anyone as recipient; it wants its balance back, and its fee.
contract FakeBalancerVault {
    uint256 private constant FEE_BPS = 1;

    error Invariant();

    function flashLoan(
        address recipient,
        address[] calldata tokens,
        uint256[] calldata amounts,
        bytes calldata userData
    ) external {
        uint256[] memory fees = new uint256[](tokens.length);
        uint256[] memory owed = new uint256[](tokens.length);
        for (uint256 i; i < tokens.length; ++i) {
            fees[i] = (amounts[i] * FEE_BPS + 9_999) / 10_000;
            owed[i] = IERC20(tokens[i]).balanceOf(address(this)) + fees[i];
            IERC20(tokens[i]).transfer(recipient, amounts[i]);
        }
        IFlashCallbacks(recipient).receiveFlashLoan(tokens, amounts, fees, userData);
        for (uint256 i; i < tokens.length; ++i) {
            if (IERC20(tokens[i]).balanceOf(address(this)) < owed[i]) revert Invariant();
        }
    }
}

/// EIP-3156: lends to whom it is told, tells him who asked, pulls amount and fee.
contract FakeErc3156Lender {
    error LoanRefused();

    function flashLoan(address receiver, address token, uint256 amount, bytes calldata data)
        external
        returns (bool)
    {
        uint256 fee = amount / 1_000;
        IERC20(token).transfer(receiver, amount);
        bytes32 answer = IFlashCallbacks(receiver).onFlashLoan(msg.sender, token, amount, fee, data);
        if (answer != keccak256("ERC3156FlashBorrower.onFlashLoan")) revert LoanRefused();
        IERC20(token).transferFrom(receiver, address(this), amount + fee);
        return true;
    }
}

/// Uniswap V4's flash accounting: debts live in transient slots of (account, currency), all must end at zero.
contract FakePoolManager {
    uint256 private _nonzero;
    address private _synced;
    uint256 private _reserves;

    error CurrencyNotSettled();

    function unlock(bytes calldata data) external returns (bytes memory result) {
        result = IFlashCallbacks(msg.sender).unlockCallback(data);
        if (_nonzero != 0) revert CurrencyNotSettled();
    }

    function take(address currency, address to, uint256 amount) external {
        _account(currency, msg.sender, -int256(amount));
        IERC20(currency).transfer(to, amount);
    }

    function sync(address currency) external {
        _synced = currency;
        _reserves = IERC20(currency).balanceOf(address(this));
    }

    function settle() external payable returns (uint256 paid) {
        paid = IERC20(_synced).balanceOf(address(this)) - _reserves;
        _account(_synced, msg.sender, int256(paid));
        _synced = address(0);
    }

    /// Sells at a price of one; who called gains the one and owes the other.
    function swap(address currencyIn, address currencyOut, uint256 amount) external {
        _account(currencyIn, msg.sender, -int256(amount));
        _account(currencyOut, msg.sender, int256(amount));
    }

    function exttload(bytes32 slot) external view returns (bytes32 value) {
        assembly ("memory-safe") {
            value := tload(slot)
        }
    }

    function _account(address currency, address account, int256 change) private {
        bytes32 slot = keccak256(abi.encode(account, currency));
        int256 before;
        assembly ("memory-safe") {
            before := tload(slot)
            tstore(slot, add(before, change))
        }
        if (before == 0 && change != 0) ++_nonzero;
        else if (before != 0 && before + change == 0) --_nonzero;
    }
}
