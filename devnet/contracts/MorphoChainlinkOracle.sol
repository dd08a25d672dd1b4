// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

interface IPriceFeed {
    function decimals() external view returns (uint8);
    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80);
}

interface IVault {
    function convertToAssets(uint256 shares) external view returns (uint256);
}

/// @title Price of a Morpho market out of up to four feeds and two vaults.
/// @notice Ours, after the published interface and formula of MorphoChainlinkOracleV2
/// (github.com/morpho-org/morpho-blue-oracles); whatever is the zero address counts as one.
contract MorphoChainlinkOracle {
    /// @notice What one of the two tokens is priced by.
    struct Side {
        IVault vault;
        uint256 conversionSample;
        IPriceFeed feed1;
        IPriceFeed feed2;
        uint256 tokenDecimals;
    }

    IVault public immutable BASE_VAULT;
    uint256 public immutable BASE_VAULT_CONVERSION_SAMPLE;
    IVault public immutable QUOTE_VAULT;
    uint256 public immutable QUOTE_VAULT_CONVERSION_SAMPLE;
    IPriceFeed public immutable BASE_FEED_1;
    IPriceFeed public immutable BASE_FEED_2;
    IPriceFeed public immutable QUOTE_FEED_1;
    IPriceFeed public immutable QUOTE_FEED_2;
    uint256 public immutable SCALE_FACTOR;

    error NegativeAnswer();

    constructor(Side memory base, Side memory quote) {
        (BASE_VAULT, BASE_VAULT_CONVERSION_SAMPLE) = (base.vault, base.conversionSample);
        (QUOTE_VAULT, QUOTE_VAULT_CONVERSION_SAMPLE) = (quote.vault, quote.conversionSample);
        (BASE_FEED_1, BASE_FEED_2) = (base.feed1, base.feed2);
        (QUOTE_FEED_1, QUOTE_FEED_2) = (quote.feed1, quote.feed2);
        SCALE_FACTOR = 10 ** (36 + _decimals(quote) - _decimals(base)) * quote.conversionSample / base.conversionSample;
    }

    /// @notice Raw loan tokens for one raw collateral token, times 1e36.
    function price() external view returns (uint256) {
        uint256 above = _assets(BASE_VAULT, BASE_VAULT_CONVERSION_SAMPLE) * _answer(BASE_FEED_1) * _answer(BASE_FEED_2);
        uint256 below =
            _assets(QUOTE_VAULT, QUOTE_VAULT_CONVERSION_SAMPLE) * _answer(QUOTE_FEED_1) * _answer(QUOTE_FEED_2);
        return SCALE_FACTOR * above / below;
    }

    function _decimals(Side memory side) private view returns (uint256) {
        return side.tokenDecimals + _decimals(side.feed1) + _decimals(side.feed2);
    }

    function _decimals(IPriceFeed feed) private view returns (uint256) {
        return address(feed) == address(0) ? 0 : feed.decimals();
    }

    function _assets(IVault vault, uint256 sample) private view returns (uint256) {
        return address(vault) == address(0) ? 1 : vault.convertToAssets(sample);
    }

    function _answer(IPriceFeed feed) private view returns (uint256) {
        if (address(feed) == address(0)) return 1;
        (, int256 answer,,,) = feed.latestRoundData();
        if (answer < 0) revert NegativeAnswer();
        return uint256(answer);
    }
}
