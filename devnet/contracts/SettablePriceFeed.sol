// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

/// @title The least that Aave's oracle asks of a price source, with a price that anybody may set.
contract SettablePriceFeed {
    uint8 public constant decimals = 8;
    int256 public latestAnswer;

    event AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt);

    constructor(int256 answer) {
        latestAnswer = answer;
    }

    function setAnswer(int256 answer) external {
        latestAnswer = answer;
        emit AnswerUpdated(answer, 0, block.timestamp);
    }
}
