// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

interface IFeed {
    function decimals() external view returns (uint8);
    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80);
}

/// Ours, after what the price feeds of github.com/compound-finance/comet contracts/pricefeeds say of themselves: the
/// getters are the published ones.
abstract contract ComposedPriceFeed {
    uint8 public immutable decimals;

    constructor(uint8 decimals_) {
        decimals = decimals_;
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return (1, _answer(), block.timestamp, block.timestamp, 1);
    }

    function _answer() internal view virtual returns (int256);

    function _of(address feed) internal view returns (int256 answer) {
        (, answer,,,) = IFeed(feed).latestRoundData();
    }
}

/// MultiplicativePriceFeed: one price times another.
contract ProductPriceFeed is ComposedPriceFeed {
    address public immutable priceFeedA;
    address public immutable priceFeedB;
    int256 public immutable combinedScale;
    int256 public immutable priceFeedScale;

    constructor(address a, address b, uint8 decimals_) ComposedPriceFeed(decimals_) {
        (priceFeedA, priceFeedB) = (a, b);
        combinedScale = int256(10 ** uint256(IFeed(a).decimals() + IFeed(b).decimals()));
        priceFeedScale = int256(10 ** uint256(decimals_));
    }

    function _answer() internal view override returns (int256) {
        (int256 a, int256 b) = (_of(priceFeedA), _of(priceFeedB));
        return a <= 0 || b <= 0 ? int256(0) : a * b * priceFeedScale / combinedScale;
    }
}

/// ReverseMultiplicativePriceFeed: one price over another.
contract QuotientPriceFeed is ComposedPriceFeed {
    address public immutable priceFeedA;
    address public immutable priceFeedB;
    int256 public immutable priceFeedAScalling;
    int256 public immutable priceFeedScale;

    constructor(address a, address b, uint8 decimals_) ComposedPriceFeed(decimals_) {
        (priceFeedA, priceFeedB) = (a, b);
        priceFeedAScalling = int256(10 ** uint256(IFeed(a).decimals()));
        priceFeedScale = int256(10 ** uint256(decimals_));
    }

    function _answer() internal view override returns (int256) {
        (int256 a, int256 b) = (_of(priceFeedA), _of(priceFeedB));
        int256 scale = int256(10 ** uint256(IFeed(priceFeedB).decimals()));
        return a <= 0 || b <= 0 ? int256(0) : a * scale * priceFeedScale / b / priceFeedAScalling;
    }
}

/// ScalingPriceFeed: another number of decimals.
contract RescaledPriceFeed is ComposedPriceFeed {
    address public immutable underlyingPriceFeed;

    constructor(address underlying, uint8 decimals_) ComposedPriceFeed(decimals_) {
        underlyingPriceFeed = underlying;
    }

    function _answer() internal view override returns (int256) {
        uint256 from = IFeed(underlyingPriceFeed).decimals();
        int256 price = _of(underlyingPriceFeed);
        return from < decimals
            ? price * int256(10 ** (uint256(decimals) - from))
            : price / int256(10 ** (from - uint256(decimals)));
    }
}
