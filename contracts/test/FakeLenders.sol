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

/// Balancer V2's Vault and its fees collector in one: anyone may name anyone as recipient; it wants its balance back,
/// and its fee, rounded up. Written from the public interfaces IVault and IProtocolFeesCollector.
contract FakeBalancerVault {
    uint256 public getFlashLoanFeePercentage = 1e14;
    bool private _paused;

    error Invariant();
    error Paused();

    function set(uint256 feeWad, bool paused) external {
        (getFlashLoanFeePercentage, _paused) = (feeWad, paused);
    }

    function getProtocolFeesCollector() external view returns (address) {
        return address(this);
    }

    function getPausedState() external view returns (bool, uint256, uint256) {
        return (_paused, 0, 0);
    }

    function flashLoan(
        address recipient,
        address[] calldata tokens,
        uint256[] calldata amounts,
        bytes calldata userData
    ) external {
        if (_paused) revert Paused();
        uint256[] memory fees = new uint256[](tokens.length);
        uint256[] memory owed = new uint256[](tokens.length);
        for (uint256 i; i < tokens.length; ++i) {
            fees[i] = (amounts[i] * getFlashLoanFeePercentage + 1e18 - 1) / 1e18;
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
    bool private _closed;
    /// Makes the fee one that is not in proportion.
    uint256 private _flatFee;

    error LoanRefused();
    error Unsupported();

    function set(bool closed, uint256 flatFee) external {
        (_closed, _flatFee) = (closed, flatFee);
    }

    function maxFlashLoan(address token) external view returns (uint256) {
        return _closed ? 0 : IERC20(token).balanceOf(address(this));
    }

    /// Reverts where it does not lend, as the standard asks.
    function flashFee(address token, uint256 amount) public view returns (uint256) {
        if (_closed || IERC20(token).balanceOf(address(this)) == 0) revert Unsupported();
        return amount / 1_000 + _flatFee;
    }

    function flashLoan(address receiver, address token, uint256 amount, bytes calldata data)
        external
        returns (bool)
    {
        uint256 fee = flashFee(token, amount);
        IERC20(token).transfer(receiver, amount);
        bytes32 answer = IFlashCallbacks(receiver).onFlashLoan(msg.sender, token, amount, fee, data);
        if (answer != keccak256("ERC3156FlashBorrower.onFlashLoan")) revert LoanRefused();
        IERC20(token).transferFrom(receiver, address(this), amount + fee);
        return true;
    }
}
