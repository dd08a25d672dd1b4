// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {IFlashCallbacks} from "../IFlashCallbacks.sol";

/// A Uniswap V4 PoolManager that the owner should not have allowed: it says that it is owed what the test sets.
contract HostileManager {
    uint256 private _owed;
    EtherSender private immutable ACCOMPLICE = new EtherSender();

    constructor() payable {}

    receive() external payable {}

    function setOwed(uint256 owed) external {
        _owed = owed;
    }

    function unlock(bytes calldata data) external returns (bytes memory) {
        return IFlashCallbacks(msg.sender).unlockCallback(data);
    }

    /// Ether for `to`; by somebody else where `currency` is not ether.
    function take(address currency, address to, uint256 amount) external {
        if (currency != address(0)) return ACCOMPLICE.send{value: amount}(to);
        _send(to, amount);
    }

    /// Out of the blue, when nobody unlocked.
    function push(address to, uint256 amount) external {
        _send(to, amount);
    }

    function _send(address to, uint256 amount) private {
        (bool sent, bytes memory reason) = to.call{value: amount}("");
        if (sent) return;
        assembly {
            revert(add(reason, 32), mload(reason))
        }
    }

    function sync(address) external {}

    function settle() external payable returns (uint256) {
        return msg.value;
    }

    function exttload(bytes32) external view returns (bytes32) {
        return bytes32(uint256(-int256(_owed)));
    }
}

contract EtherSender {
    error Refused();

    function send(address to) external payable {
        (bool sent,) = to.call{value: msg.value}("");
        if (!sent) revert Refused();
    }
}
