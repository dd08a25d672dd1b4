// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {AllowedCalls} from "./AllowedCalls.sol";
import {FlashCallbacks} from "./FlashCallbacks.sol";
import {IWETH, Token} from "./Token.sol";

/// Reading order: execute and what it promises, here; what a call may do, AllowedCalls.sol; who lends for it,
/// FlashCallbacks.sol.
contract LiquidationExecutor is FlashCallbacks {
    using Token for address;

    mapping(address operator => bool) public isOperator;

    uint256 private constant BPS = 10_000;
    /// Kept back from the items: their events, unwrapping and paying the bid, the transfer to the owner.
    uint256 private constant SETTLEMENT_GAS = 150_000;
    // EIP-1153 slot; AllowedCalls has 1 and 2.
    uint256 private constant RUNNING = 0;

    modifier whenIdle() {
        if (_tload(RUNNING) != 0) revert Reentered();
        _;
    }

    constructor(address owner, address weth) AllowedCalls(owner, weth) {}

    // ── Execute ─────────────────────────────────────────────────────────────────────────────────────────

    function execute(Item[] calldata items, Terms calldata terms) external whenIdle {
        if (!isOperator[msg.sender]) revert NotOperator();
        if (block.timestamp > terms.deadline) revert DeadlinePassed(terms.deadline, block.timestamp);
        if (terms.bidBps > BPS) revert BidTooHigh(terms.bidBps);
        _tstore(RUNNING, 1);
        _share(_runItems(items), terms);
        _tstore(RUNNING, 0);
    }

    function _runItems(Item[] calldata items) private returns (uint256 profitWei) {
        bool liquidated;
        bytes memory reason;
        for (uint256 i; i < items.length; ++i) {
            (bool ran, uint256 gainedWei) = _tryItem(items[i]);
            if (ran) {
                liquidated = true;
                profitWei += gainedWei;
                emit ItemLiquidated(i, gainedWei);
            } else {
                reason = _boundedReason();
                emit ItemFailed(i, reason);
            }
        }
        if (!liquidated) revert NothingLiquidated(reason);
    }

    /// A call to ourselves, so that a revert undoes the whole item. Not try/catch, which would copy whatever
    /// length of reason a hostile contract chose to return.
    function _tryItem(Item calldata item) private returns (bool ran, uint256 gainedWei) {
        bytes memory data = abi.encodeCall(this.runItem, (item));
        uint256 gasShare = _gasShare(item.gasLimit);
        assembly ("memory-safe") {
            ran := call(gasShare, address(), 0, add(data, 32), mload(data), 0, 32)
            gainedWei := mload(0)
        }
    }

    /// An item may burn its own share of the gas, never what the settlement needs; what it leaves, others get.
    function _gasShare(uint256 gasLimit) private view returns (uint256) {
        uint256 available = gasleft();
        if (available <= SETTLEMENT_GAS) return 0;
        return gasLimit < available - SETTLEMENT_GAS ? gasLimit : available - SETTLEMENT_GAS;
    }

    /// Only ever called by `execute`.
    function runItem(Item calldata item) external returns (uint256 gainedWei) {
        if (msg.sender != address(this)) revert NotSelf();
        uint256 beforeWei = WETH.ownBalance();
        _run(item.calls);
        uint256 afterWei = WETH.ownBalance();
        // What was here before is not ours to spend, not even for an item content with no profit.
        if (afterWei < beforeWei + item.minProfitWei) {
            revert ProfitTooLow(afterWei > beforeWei ? afterWei - beforeWei : 0, item.minProfitWei);
        }
        return afterWei - beforeWei;
    }

    // ── Share the profit ────────────────────────────────────────────────────────────────────────────────

    function _share(uint256 profitWei, Terms calldata terms) private {
        uint256 bidWei = _bid(profitWei, terms);
        uint256 ownersWei = profitWei - bidWei;
        if (ownersWei < terms.minProfitWei) revert ProfitTooLow(ownersWei, terms.minProfitWei);
        if (bidWei != 0) _payBuilder(bidWei);
        if (ownersWei != 0) WETH.pay(OWNER, ownersWei);
        emit Executed(profitWei, bidWei);
    }

    /// Rounded down: the wei in doubt is the owner's.
    function _bid(uint256 profitWei, Terms calldata terms) private pure returns (uint256) {
        if (profitWei <= terms.gasCostWei) return 0;
        return ((profitWei - terms.gasCostWei) * terms.bidBps) / BPS;
    }

    /// The builder's contract runs here: everything is still locked, and what it returns is not copied.
    function _payBuilder(uint256 bidWei) private {
        IWETH(WETH).withdraw(bidWei);
        if (!_sendEther(block.coinbase, bidWei)) revert BidRejected();
    }

    function _sendEther(address to, uint256 amountWei) private returns (bool sent) {
        assembly ("memory-safe") {
            sent := call(gas(), to, amountWei, 0, 0, 0, 0)
        }
    }

    // ── Owner ───────────────────────────────────────────────────────────────────────────────────────────

    function setOperator(address operator, bool allowed) external onlyOwner {
        isOperator[operator] = allowed;
        emit OperatorSet(operator, allowed);
    }

    /// Not while an item runs: taken away from under it, its own WETH would look like a loss.
    function sweep(address token) external whenIdle {
        if (token != address(0)) token.pay(OWNER, token.ownBalance());
        else if (!_sendEther(OWNER, address(this).balance)) revert OwnerRejectedEther();
    }
}
