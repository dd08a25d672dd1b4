// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

/// A price that anybody may set, as Chainlink's interface tells it; it may be told to break.
contract SettableRoundFeed {
    uint8 public constant decimals = 8;
    int256 public latestAnswer;

    function setAnswer(int256 answer) external {
        latestAnswer = answer;
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return (1, latestAnswer, block.timestamp, block.timestamp, 1);
    }
}
