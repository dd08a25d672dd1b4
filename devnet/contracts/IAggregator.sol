// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

/// @title What readers call on a Chainlink feed, be it proxy or aggregator.
interface IAggregator {
    function latestAnswer() external view returns (int256);
    function latestRound() external view returns (uint256);
    function latestTimestamp() external view returns (uint256);
    function decimals() external view returns (uint8);
    function description() external view returns (string memory);
    function latestRoundData()
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);
    function getRoundData(uint80 id)
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);
}
