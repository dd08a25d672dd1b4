// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

/// @title What stands between an oracle's key and its aggregators: only its own senders may speak through it.
/// @notice Interface of Chainlink's AuthorizedForwarder 1.1.0 (smartcontractkit/chainlink), without owner transfer.
contract AuthorizedForwarder {
    address public immutable owner;
    mapping(address sender => bool) public isAuthorizedSender;
    address[] private _senders;

    error NotAuthorized();

    constructor(address[] memory senders) {
        owner = msg.sender;
        _setSenders(senders);
    }

    function getAuthorizedSenders() external view returns (address[] memory) {
        return _senders;
    }

    function setAuthorizedSenders(address[] calldata senders) external {
        if (msg.sender != owner) revert NotAuthorized();
        _setSenders(senders);
    }

    function _setSenders(address[] memory senders) private {
        for (uint256 i = 0; i < _senders.length; i++) isAuthorizedSender[_senders[i]] = false;
        for (uint256 i = 0; i < senders.length; i++) isAuthorizedSender[senders[i]] = true;
        _senders = senders;
    }

    function forward(address to, bytes calldata data) external {
        if (!isAuthorizedSender[msg.sender]) revert NotAuthorized();
        _forward(to, data);
    }

    function multiForward(address[] calldata tos, bytes[] calldata datas) external {
        if (!isAuthorizedSender[msg.sender]) revert NotAuthorized();
        for (uint256 i = 0; i < tos.length; i++) _forward(tos[i], datas[i]);
    }

    function ownerForward(address to, bytes calldata data) external {
        if (msg.sender != owner) revert NotAuthorized();
        _forward(to, data);
    }

    function _forward(address to, bytes calldata data) private {
        (bool success, bytes memory returned) = to.call(data);
        if (success) return;
        assembly {
            revert(add(returned, 0x20), mload(returned))
        }
    }
}
