// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

struct MarketParams {
    address loanToken;
    address collateralToken;
    address oracle;
    address irm;
    uint256 lltv;
}

struct PreLiquidationParams {
    uint256 preLltv;
    uint256 preLCF1;
    uint256 preLCF2;
    uint256 preLIF1;
    uint256 preLIF2;
    address preLiquidationOracle;
}

interface IMorphoMarket {
    function idToMarketParams(bytes32 id) external view returns (MarketParams memory);
    function accrueInterest(MarketParams memory params) external;
    function market(bytes32 id)
        external
        view
        returns (uint128, uint128, uint128 borrowAssets, uint128 borrowShares, uint128, uint128);
    function position(bytes32 id, address user) external view returns (uint256, uint128 shares, uint128 collateral);
    function repay(MarketParams memory params, uint256 assets, uint256 shares, address onBehalf, bytes memory data)
        external
        returns (uint256, uint256);
    function withdrawCollateral(MarketParams memory params, uint256 assets, address onBehalf, address receiver)
        external;
}

interface IPriced {
    function price() external view returns (uint256);
}

interface ITokenOfLoan {
    function approve(address spender, uint256 value) external returns (bool);
    function transferFrom(address from, address to, uint256 value) external returns (bool);
}

interface IPreLiquidationCallback {
    function onPreLiquidate(uint256 repaidAssets, bytes calldata data) external;
}

/// @notice Liquidates in part, before Morpho does, whoever has authorised it on Morpho.
/// Ours, and a stand-in: no package has the contract. Written from what github.com/morpho-org/pre-liquidation says of
/// itself: its README, its interface and the requirements that it states; the names are the published ones.
contract StandInPreLiquidation {
    uint256 private constant ONE = 1e18;
    uint256 private constant PRICE_SCALE = 1e36;

    IMorphoMarket private immutable MORPHO;
    bytes32 private immutable ID;
    MarketParams private _market;
    PreLiquidationParams private _terms;

    event PreLiquidate(
        bytes32 indexed id,
        address indexed liquidator,
        address indexed borrower,
        uint256 repaidAssets,
        uint256 repaidShares,
        uint256 seizedAssets
    );

    error InconsistentInput();
    error LiquidatablePosition();
    error NotPreLiquidatablePosition();
    error PreLiquidationTooLarge(uint256 repaidShares, uint256 repayableShares);
    error NotMorpho();

    constructor(IMorphoMarket morpho, bytes32 id, PreLiquidationParams memory terms) {
        (MORPHO, ID, _terms) = (morpho, id, terms);
        _market = morpho.idToMarketParams(id);
        ITokenOfLoan(_market.loanToken).approve(address(morpho), type(uint256).max);
    }

    struct Debt {
        uint256 assets;
        uint256 shares;
        uint256 ofBorrower;
    }

    function preLiquidate(address borrower, uint256 seized, uint256 repaid, bytes calldata data)
        external
        returns (uint256, uint256)
    {
        if ((seized == 0) == (repaid == 0)) revert InconsistentInput();
        MORPHO.accrueInterest(_market);
        (seized, repaid) = _amounts(borrower, seized, repaid);
        bytes memory back = abi.encode(seized, borrower, msg.sender, data);
        (uint256 assets,) = MORPHO.repay(_market, 0, repaid, borrower, back);
        emit PreLiquidate(ID, msg.sender, borrower, assets, repaid, seized);
        return (seized, assets);
    }

    function _amounts(address borrower, uint256 seized, uint256 repaid) private view returns (uint256, uint256) {
        uint256 price = IPriced(_terms.preLiquidationOracle).price();
        Debt memory debt = _debtOf(borrower);
        uint256 progress = _progress(borrower, debt, price);
        uint256 incentive = _terms.preLIF1 + (_terms.preLIF2 - _terms.preLIF1) * progress / ONE;
        if (repaid == 0) repaid = _sharesFor(seized, price, incentive, debt);
        else seized = repaid * debt.assets / debt.shares * incentive / ONE * PRICE_SCALE / price;
        _mustBeAllowed(repaid, debt.ofBorrower, progress);
        return (seized, repaid);
    }

    /// Morpho counts one asset and a million shares that nobody has.
    function _debtOf(address borrower) private view returns (Debt memory debt) {
        (,, uint128 assets, uint128 shares,,) = MORPHO.market(ID);
        (, uint128 own,) = MORPHO.position(ID, borrower);
        return Debt(uint256(assets) + 1, uint256(shares) + 1e6, own);
    }

    /// How far the position is from the early limit (0) to Morpho's own (1e18).
    function _progress(address borrower, Debt memory debt, uint256 price) private view returns (uint256) {
        (,, uint128 collateral) = MORPHO.position(ID, borrower);
        uint256 worth = uint256(collateral) * price / PRICE_SCALE;
        uint256 owed = _up(debt.ofBorrower * debt.assets, debt.shares);
        if (owed > worth * _market.lltv / ONE) revert LiquidatablePosition();
        if (owed <= worth * _terms.preLltv / ONE) revert NotPreLiquidatablePosition();
        return (_up(owed * ONE, worth) - _terms.preLltv) * ONE / (_market.lltv - _terms.preLltv);
    }

    function _sharesFor(uint256 seized, uint256 price, uint256 incentive, Debt memory debt)
        private
        pure
        returns (uint256)
    {
        uint256 assets = _up(_up(seized * price, PRICE_SCALE) * ONE, incentive);
        return _up(assets * debt.shares, debt.assets);
    }

    function _mustBeAllowed(uint256 repaid, uint256 owned, uint256 progress) private view {
        uint256 factor = _terms.preLCF1 + (_terms.preLCF2 - _terms.preLCF1) * progress / ONE;
        uint256 most = owned * factor / ONE;
        if (repaid > most) revert PreLiquidationTooLarge(repaid, most);
    }

    function onMorphoRepay(uint256 repaidAssets, bytes calldata back) external {
        if (msg.sender != address(MORPHO)) revert NotMorpho();
        (uint256 seized, address borrower, address liquidator, bytes memory data) =
            abi.decode(back, (uint256, address, address, bytes));
        MORPHO.withdrawCollateral(_market, seized, borrower, liquidator);
        if (data.length > 0) IPreLiquidationCallback(liquidator).onPreLiquidate(repaidAssets, data);
        ITokenOfLoan(_market.loanToken).transferFrom(liquidator, address(this), repaidAssets);
    }

    function _up(uint256 above, uint256 below) private pure returns (uint256) {
        return (above + below - 1) / below;
    }
}

/// @notice Ours too: what makes them, and tells of each.
contract StandInPreLiquidationFactory {
    event CreatePreLiquidation(
        address indexed preLiquidation, bytes32 id, PreLiquidationParams preLiquidationParams
    );

    function createPreLiquidation(IMorphoMarket morpho, bytes32 id, PreLiquidationParams calldata terms)
        external
        returns (StandInPreLiquidation made)
    {
        made = new StandInPreLiquidation(morpho, id, terms);
        emit CreatePreLiquidation(address(made), id, terms);
    }
}
