// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {AllowedCalls} from "./AllowedCalls.sol";
import {IFlashCallbacks} from "./IFlashCallbacks.sol";
import {IWETH, Token} from "./Token.sol";

/// @dev Uniswap v4-core IPoolManager, IExttload.
interface IPoolManager {
    function sync(address currency) external;
    function settle() external payable returns (uint256 paid);
    function exttload(bytes32 slot) external view returns (bytes32 value);
}

abstract contract FlashCallbacks is AllowedCalls, IFlashCallbacks {
    using Token for address;

    // EIP-1153 slot; AllowedCalls has 1 and 2.
    uint256 private constant ETHER_FROM = 3;
    bytes32 private constant ERC3156_SUCCESS = keccak256("ERC3156FlashBorrower.onFlashLoan");

    // ── Pools: paid within the callback ─────────────────────────────────────────────────────────────────

    function uniswapV3SwapCallback(int256 amount0Delta, int256 amount1Delta, bytes calldata data) external {
        _acceptCallback();
        _run(_callsAt(data, 1));
        int256 owed = amount0Delta > amount1Delta ? amount0Delta : amount1Delta;
        if (owed > 0) _addressAt(data).pay(msg.sender, uint256(owed));
    }

    function uniswapV2Call(address sender, uint256, uint256, bytes calldata data) external {
        _acceptCallback();
        _mustBeSelf(sender);
        _run(_callsAt(data, 2));
        _addressAt(data).pay(msg.sender, uint256(bytes32(data[32:64])));
    }

    function unlockCallback(bytes calldata data) external returns (bytes memory) {
        _acceptCallback();
        _tstore(ETHER_FROM, uint160(msg.sender));
        _run(_callsAt(data, 1));
        _tstore(ETHER_FROM, 0);
        _settleWith(IPoolManager(msg.sender), _addressAt(data));
        return "";
    }

    /// Ether comes from WETH, when it is unwrapped, and from a manager that has unlocked for us, whose pools trade
    /// ether itself: that is WETH from here on.
    receive() external payable {
        if (msg.sender == WETH) return;
        if (_tload(ETHER_FROM) != uint160(msg.sender)) revert EtherRefused();
        IWETH(WETH).deposit{value: msg.value}();
    }

    function receiveFlashLoan(
        address[] calldata tokens,
        uint256[] calldata amounts,
        uint256[] calldata feeAmounts,
        bytes calldata userData
    ) external {
        _acceptCallback();
        _run(_callsAt(userData, 0));
        for (uint256 i; i < tokens.length; ++i) tokens[i].pay(msg.sender, amounts[i] + feeAmounts[i]);
    }

    // ── Lenders that pull after the callback ────────────────────────────────────────────────────────────

    function executeOperation(
        address asset,
        uint256 amount,
        uint256 premium,
        address initiator,
        bytes calldata params
    ) external returns (bool) {
        _acceptCallback();
        _mustBeSelf(initiator);
        _run(_callsAt(params, 0));
        _letPull(asset, amount + premium);
        return true;
    }

    function onFlashLoan(address initiator, address token, uint256 amount, uint256 fee, bytes calldata data)
        external
        returns (bytes32)
    {
        _acceptCallback();
        _mustBeSelf(initiator);
        _run(_callsAt(data, 0));
        _letPull(token, amount + fee);
        return ERC3156_SUCCESS;
    }

    function onMorphoFlashLoan(uint256 assets, bytes calldata data) external {
        _runThenLetPull(assets, data);
    }

    function onMorphoLiquidate(uint256 repaidAssets, bytes calldata data) external {
        _runThenLetPull(repaidAssets, data);
    }

    function onPreLiquidate(uint256 repaidAssets, bytes calldata data) external {
        _runThenLetPull(repaidAssets, data);
    }

    function _runThenLetPull(uint256 amount, bytes calldata data) private {
        _acceptCallback();
        _run(_callsAt(data, 1));
        _letPull(_addressAt(data), amount);
    }

    // ── What they share ─────────────────────────────────────────────────────────────────────────────────

    /// These lenders call back whomever the borrower names, so anybody can send us theirs.
    function _mustBeSelf(address initiator) private view {
        if (initiator != address(this)) revert UnexpectedCallback(initiator);
    }

    /// The manager keeps what each account owes it (negative) in transient slots: v4-core
    /// TransientStateLibrary.currencyDelta.
    function _settleWith(IPoolManager manager, address currency) private {
        bytes32 slot = keccak256(abi.encode(address(this), currency));
        int256 delta = int256(uint256(manager.exttload(slot)));
        manager.sync(currency);
        // A credit that nobody took becomes an impossible amount; the manager would refuse it too.
        uint256 owed = uint256(-delta);
        if (currency == address(0)) {
            IWETH(WETH).withdraw(owed);
            manager.settle{value: owed}();
        } else {
            currency.pay(address(manager), owed);
            manager.settle();
        }
    }

    function _addressAt(bytes calldata data) private pure returns (address) {
        return abi.decode(data[:32], (address));
    }

    /// The `Call[]` that head word `word` of `data` points to, read where it lies instead of copied. The bytes
    /// are the operator's own, come back through the expected caller; every call in them meets the rules.
    function _callsAt(bytes calldata data, uint256 word) private pure returns (Call[] calldata calls) {
        assembly ("memory-safe") {
            let start := add(data.offset, calldataload(add(data.offset, mul(32, word))))
            calls.length := calldataload(start)
            calls.offset := add(start, 32)
        }
    }
}
