// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {IAggregator} from './IAggregator.sol';

/// @title A feed's lasting address: forwards to the aggregator of the current phase.
/// @notice Interface of Chainlink's EACAggregatorProxy. A round id is `phase << 64 | aggregator's round`.
contract AggregatorProxy is IAggregator {
    address public immutable owner;
    uint16 public phaseId;
    mapping(uint16 phase => IAggregator) public phaseAggregators;

    event AggregatorConfirmed(address indexed previous, address indexed latest);

    error NotOwner();

    constructor(IAggregator first) {
        owner = msg.sender;
        _setAggregator(first);
    }

    /// @notice Starts the next phase.
    function setAggregator(IAggregator next) external {
        if (msg.sender != owner) revert NotOwner();
        _setAggregator(next);
    }

    function aggregator() public view returns (IAggregator) {
        return phaseAggregators[phaseId];
    }

    function latestAnswer() external view returns (int256) {
        return aggregator().latestAnswer();
    }

    function latestTimestamp() external view returns (uint256) {
        return aggregator().latestTimestamp();
    }

    function latestRound() external view returns (uint256) {
        return _roundId(phaseId, aggregator().latestRound());
    }

    function decimals() external view returns (uint8) {
        return aggregator().decimals();
    }

    function description() external view returns (string memory) {
        return aggregator().description();
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return _inPhase(phaseId, uint80(aggregator().latestRound()));
    }

    function getRoundData(uint80 id) external view returns (uint80, int256, uint256, uint256, uint80) {
        return _inPhase(uint16(id >> 64), uint64(id));
    }

    function _inPhase(uint16 phase, uint80 round)
        private
        view
        returns (uint80 id, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredIn)
    {
        (id, answer, startedAt, updatedAt, answeredIn) = phaseAggregators[phase].getRoundData(round);
        id = _roundId(phase, id);
        answeredIn = _roundId(phase, answeredIn);
    }

    function _roundId(uint16 phase, uint256 round) private pure returns (uint80) {
        return uint80((uint256(phase) << 64) | round);
    }

    function _setAggregator(IAggregator next) private {
        emit AggregatorConfirmed(address(aggregator()), address(next));
        phaseId += 1;
        phaseAggregators[phaseId] = next;
    }
}
