// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {ILiquidationExecutor} from "./ILiquidationExecutor.sol";
import {IERC20, Token} from "./Token.sol";

/// Runs the calls that the owner's rules allow, and knows who may call back meanwhile.
abstract contract AllowedCalls is ILiquidationExecutor {
    using Token for address;

    address public immutable OWNER;
    address public immutable WETH;

    /// One word a rule, so one SLOAD a call: the top bit says allowed, the others are selfWords.
    mapping(bytes32 targetAndSelector => uint256) private _rules;

    uint256 private constant ALLOWED = 1 << 255;
    /// A hostile revert may be megabytes long; whoever copies it pays for it.
    uint256 internal constant MAX_REASON_BYTES = 256;

    // EIP-1153 slots.
    uint256 private constant EXPECTED_CALLER = 1;
    uint256 private constant LENT_TOKEN = 2;

    modifier onlyOwner() {
        if (msg.sender != OWNER) revert NotOwner();
        _;
    }

    constructor(address owner, address weth) {
        OWNER = owner;
        WETH = weth;
    }

    // ── Rules ───────────────────────────────────────────────────────────────────────────────────────────

    function setRules(Rule[] calldata rules) external onlyOwner {
        for (uint256 i; i < rules.length; ++i) {
            Rule calldata rule = rules[i];
            if (rule.allowed) _refuseDangerous(rule);
            _rules[_key(rule.target, rule.selector)] = rule.allowed ? rule.selfWords | ALLOWED : 0;
            emit RuleSet(rule.target, rule.selector, rule.allowed, rule.selfWords);
        }
    }

    function ruleOf(address target, bytes4 selector) external view returns (bool allowed, uint256 selfWords) {
        uint256 rule = _rules[_key(target, selector)];
        return (rule & ALLOWED != 0, rule & ~ALLOWED);
    }

    /// Nothing that can be planned needs these, and each would let an operator move what is not his.
    function _refuseDangerous(Rule calldata rule) private view {
        bool refused = rule.target == address(this) || rule.target == WETH || rule.selfWords & ALLOWED != 0
            || rule.selector == IERC20.transfer.selector || rule.selector == IERC20.transferFrom.selector
            || rule.selector == IERC20.approve.selector;
        if (refused) revert RuleRefused(rule.target, rule.selector);
    }

    function _key(address target, bytes4 selector) private pure returns (bytes32) {
        return bytes32(bytes20(target)) | (bytes32(selector) >> 160);
    }

    /// Reads the bytes as they will be sent, the balance already written into them: no offset can forge them.
    function _mustBeAllowed(address target, bytes memory data) private view {
        bytes4 selector = bytes4(data);
        uint256 rule = data.length < 4 ? 0 : _rules[_key(target, selector)];
        if (rule & ALLOWED == 0) revert CallNotAllowed(target, selector);
        uint256 selfWords = rule ^ ALLOWED;
        for (uint256 word; selfWords != 0; ++word) {
            if (selfWords & 1 != 0 && !_isSelf(data, word)) revert RecipientNotSelf(target, word);
            selfWords >>= 1;
        }
    }

    /// A missing word is not self; nor is one with dirty upper bits.
    function _isSelf(bytes memory data, uint256 word) private view returns (bool) {
        uint256 end = 36 + 32 * word;
        if (data.length < end) return false;
        uint256 argument;
        assembly ("memory-safe") {
            argument := mload(add(data, end))
        }
        return argument == uint160(address(this));
    }

    // ── Calls ───────────────────────────────────────────────────────────────────────────────────────────

    function _run(Call[] calldata calls) internal {
        for (uint256 i; i < calls.length; ++i) _run(calls[i]);
    }

    function _run(Call calldata call) private {
        address target = call.target;
        address approveToken = call.approveToken;
        bytes memory data = call.data;
        if (call.balanceToken != address(0)) _writeBalance(data, call.balanceToken, call.balanceOffset);
        _mustBeAllowed(target, data);
        // From zero, always: every allowance ends with its call. So USDT, which refuses to change a non-zero
        // allowance, is content.
        if (approveToken != address(0)) approveToken.approve(target, call.approveAmount);
        if (call.callsBack) _sendExpectingCallback(target, data);
        else _send(target, data);
        if (approveToken != address(0)) approveToken.revoke(target);
    }

    function _writeBalance(bytes memory data, address token, uint256 offset) private view {
        if (data.length < 32 || offset > data.length - 32) revert PatchOutOfBounds(offset, data.length);
        uint256 amount = token.ownBalance();
        assembly ("memory-safe") {
            mstore(add(add(data, 32), offset), amount)
        }
    }

    function _send(address target, bytes memory data) private {
        bool sent;
        bool silent;
        assembly ("memory-safe") {
            sent := call(gas(), target, 0, add(data, 32), mload(data), 0, 0)
            silent := iszero(returndatasize())
        }
        if (!sent) _bubble(target);
        // A call to an address without code succeeds and does nothing.
        if (silent && target.code.length == 0) revert NoCode(target);
    }

    function _bubble(address target) private pure {
        bytes memory reason = _boundedReason();
        if (reason.length == 0) revert CallFailed(target);
        assembly ("memory-safe") {
            revert(add(reason, 32), mload(reason))
        }
    }

    /// The start of the last call's return data.
    function _boundedReason() internal pure returns (bytes memory reason) {
        uint256 size;
        assembly ("memory-safe") {
            size := returndatasize()
        }
        if (size > MAX_REASON_BYTES) size = MAX_REASON_BYTES;
        reason = new bytes(size);
        assembly ("memory-safe") {
            returndatacopy(add(reason, 32), 0, size)
        }
    }

    // ── Callbacks ───────────────────────────────────────────────────────────────────────────────────────

    /// Nobody is expected when this starts: a Call runs either outside any callback, or inside one, which has
    /// used its expectation up. So nesting needs no stack.
    function _sendExpectingCallback(address target, bytes memory data) private {
        _tstore(EXPECTED_CALLER, uint160(target));
        _send(target, data);
        _tstore(EXPECTED_CALLER, 0);
        address lent = address(uint160(_tload(LENT_TOKEN)));
        if (lent == address(0)) return;
        _tstore(LENT_TOKEN, 0);
        lent.revoke(target);
    }

    /// Every callback starts with this: the expected caller, once.
    function _acceptCallback() internal {
        if (_tload(EXPECTED_CALLER) != uint160(msg.sender)) revert UnexpectedCallback(msg.sender);
        _tstore(EXPECTED_CALLER, 0);
    }

    /// For a lender that pulls its repayment after the callback. Last in its callback: what the lender leaves
    /// of the allowance is taken back when its call returns.
    function _letPull(address token, uint256 amount) internal {
        token.approve(msg.sender, amount);
        _tstore(LENT_TOKEN, uint160(token));
    }

    function _tload(uint256 slot) internal view returns (uint256 value) {
        assembly ("memory-safe") {
            value := tload(slot)
        }
    }

    function _tstore(uint256 slot, uint256 value) internal {
        assembly ("memory-safe") {
            tstore(slot, value)
        }
    }
}
