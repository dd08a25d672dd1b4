// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

interface IRoundFeed {
    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80);
}

interface IToken {
    function balanceOf(address account) external view returns (uint256);
    function transfer(address to, uint256 value) external returns (bool);
    function transferFrom(address from, address to, uint256 value) external returns (bool);
}

/// @title One market of Compound III, as far as a liquidator meets it.
/// @notice Ours, and a stand-in: no package has the contract. Written from the published interface
/// (github.com/compound-finance/comet contracts/CometMainInterface.sol, CometExtInterface.sol), from the
/// documentation (docs.compound.finance) and from the rules that both state: what is rounded where, what is
/// checked in which order. Names, errors and events are the published ones; rewards, supply caps, permissions and
/// the delegated extension are left out.
contract StandInComet {
    struct Curve {
        uint256 kink;
        uint256 base;
        uint256 slopeLow;
        uint256 slopeHigh;
    }

    struct Terms {
        address baseToken;
        address baseTokenPriceFeed;
        uint256 baseScale;
        Curve supply;
        Curve borrow;
        uint256 storeFrontPriceFactor;
        uint256 targetReserves;
        uint256 baseBorrowMin;
        /// Whether this one has the service patch of 2026.
        bool patched;
    }

    struct AssetInfo {
        uint8 offset;
        address asset;
        address priceFeed;
        uint64 scale;
        uint64 borrowCollateralFactor;
        uint64 liquidateCollateralFactor;
        uint64 liquidationFactor;
        uint128 supplyCap;
    }

    struct TotalsBasic {
        uint64 baseSupplyIndex;
        uint64 baseBorrowIndex;
        uint64 trackingSupplyIndex;
        uint64 trackingBorrowIndex;
        uint104 totalSupplyBase;
        uint104 totalBorrowBase;
        uint40 lastAccrualTime;
        uint8 pauseFlags;
    }

    struct UserBasic {
        int104 principal;
        uint64 baseTrackingIndex;
        uint64 baseTrackingAccrued;
        uint16 assetsIn;
        uint8 _reserved;
    }

    struct Balance {
        uint128 balance;
        uint128 _reserved;
    }

    uint256 private constant INDEX_ONE = 1e15;
    uint256 private constant ONE = 1e18;
    uint8 private constant ABSORB_PAUSED = 1 << 3;
    uint8 private constant BUY_PAUSED = 1 << 4;

    Terms private _terms;
    AssetInfo[] private _assets;
    TotalsBasic private _totals;

    mapping(address account => UserBasic) public userBasic;
    mapping(address account => mapping(address asset => Balance)) public userCollateral;
    mapping(address asset => Balance) public totalsCollateral;

    event Supply(address indexed from, address indexed dst, uint256 amount);
    event Transfer(address indexed from, address indexed to, uint256 amount);
    event Withdraw(address indexed src, address indexed to, uint256 amount);
    event SupplyCollateral(address indexed from, address indexed dst, address indexed asset, uint256 amount);
    event TransferCollateral(address indexed from, address indexed to, address indexed asset, uint256 amount);
    event WithdrawCollateral(address indexed src, address indexed to, address indexed asset, uint256 amount);
    event AbsorbDebt(address indexed absorber, address indexed borrower, uint256 basePaidOut, uint256 usdValue);
    event AbsorbCollateral(
        address indexed absorber,
        address indexed borrower,
        address indexed asset,
        uint256 collateralAbsorbed,
        uint256 usdValue
    );
    event BuyCollateral(address indexed buyer, address indexed asset, uint256 baseAmount, uint256 collateralAmount);

    error BadAsset();
    error BadPrice();
    error BorrowTooSmall();
    error InsufficientReserves();
    error NotCollateralized();
    error NotForSale();
    error NotLiquidatable();
    error Paused();
    error TooMuchSlippage();

    constructor(Terms memory terms, AssetInfo[] memory assets) {
        _terms = terms;
        for (uint256 i; i < assets.length; ++i) _assets.push(assets[i]);
        (_totals.baseSupplyIndex, _totals.baseBorrowIndex) = (uint64(INDEX_ONE), uint64(INDEX_ONE));
        _totals.lastAccrualTime = uint40(block.timestamp);
    }

    // ── Liquidation ─────────────────────────────────────────────────────────────────────────────────────

    function absorb(address absorber, address[] calldata accounts) external {
        if (isAbsorbPaused()) revert Paused();
        _accrue();
        for (uint256 i; i < accounts.length; ++i) _absorb(absorber, accounts[i]);
    }

    function _absorb(address absorber, address account) private {
        if (!isLiquidatable(account)) revert NotLiquidatable();
        UserBasic storage user = userBasic[account];
        uint256 debt = _present(_totals.baseBorrowIndex, uint104(-user.principal));
        uint256 basePrice = getPrice(_terms.baseTokenPriceFeed);
        uint256 creditValue;
        for (uint8 i; i < _assets.length; ++i) {
            if (_isIn(user, i)) creditValue += _seize(absorber, account, _assets[i]);
        }
        uint256 credit = creditValue * _terms.baseScale / basePrice;
        // The debt is gone either way; only what the collateral is worth beyond it is the account's.
        uint256 supplied = credit > debt ? credit - debt : 0;
        uint256 paidOut = credit > debt ? credit : debt;
        uint104 principal = uint104(supplied * INDEX_ONE / _totals.baseSupplyIndex);

        _totals.totalBorrowBase -= uint104(-user.principal);
        _totals.totalSupplyBase += principal;
        user.principal = int104(principal);
        user.assetsIn = 0;
        user._reserved = 0;
        emit AbsorbDebt(absorber, account, paidOut, paidOut * basePrice / _terms.baseScale);
        if (principal > 0) emit Transfer(address(0), account, _present(_totals.baseSupplyIndex, principal));
    }

    function _seize(address absorber, address account, AssetInfo storage info) private returns (uint256 credit) {
        if (_terms.patched && info.liquidationFactor == 0) return 0;
        address asset = info.asset;
        uint128 amount = userCollateral[account][asset].balance;
        userCollateral[account][asset].balance = 0;
        totalsCollateral[asset].balance -= amount;
        uint256 value = uint256(amount) * getPrice(info.priceFeed) / info.scale;
        emit AbsorbCollateral(absorber, account, asset, amount, value);
        return value * info.liquidationFactor / ONE;
    }

    function buyCollateral(address asset, uint256 minAmount, uint256 baseAmount, address recipient) external {
        if (isBuyPaused()) revert Paused();
        int256 reserves = getReserves();
        if (reserves >= 0 && uint256(reserves) >= _terms.targetReserves) revert NotForSale();
        IToken(_terms.baseToken).transferFrom(msg.sender, address(this), baseAmount);
        uint256 amount = quoteCollateral(asset, baseAmount);
        if (amount < minAmount) revert TooMuchSlippage();
        if (amount > getCollateralReserves(asset)) revert InsufficientReserves();
        IToken(asset).transfer(recipient, amount);
        emit BuyCollateral(msg.sender, asset, baseAmount, amount);
    }

    function quoteCollateral(address asset, uint256 baseAmount) public view returns (uint256) {
        AssetInfo storage info = _infoOf(asset);
        uint256 price = getPrice(info.priceFeed);
        if (!_terms.patched || info.liquidationFactor != 0) {
            uint256 discount = _terms.storeFrontPriceFactor * (ONE - info.liquidationFactor) / ONE;
            price = price * (ONE - discount) / ONE;
        }
        return getPrice(_terms.baseTokenPriceFeed) * baseAmount * info.scale / price / _terms.baseScale;
    }

    // ── What people do ──────────────────────────────────────────────────────────────────────────────────

    function supply(address asset, uint256 amount) external {
        if (asset == _terms.baseToken) {
            _accrue();
            IToken(asset).transferFrom(msg.sender, address(this), amount);
            _moveBase(msg.sender, int256(amount));
            emit Supply(msg.sender, msg.sender, amount);
        } else {
            _infoOf(asset);
            IToken(asset).transferFrom(msg.sender, address(this), amount);
            _moveCollateral(msg.sender, asset, int256(amount));
            emit SupplyCollateral(msg.sender, msg.sender, asset, amount);
        }
    }

    function withdraw(address asset, uint256 amount) external {
        if (asset == _terms.baseToken) {
            _accrue();
            _moveBase(msg.sender, -int256(amount));
            _mustBeCollateralized(msg.sender);
            IToken(asset).transfer(msg.sender, amount);
            emit Withdraw(msg.sender, msg.sender, amount);
        } else {
            _moveCollateral(msg.sender, asset, -int256(amount));
            _mustBeCollateralized(msg.sender);
            IToken(asset).transfer(msg.sender, amount);
            emit WithdrawCollateral(msg.sender, msg.sender, asset, amount);
        }
    }

    /// @notice Base that the sender may have to borrow: no log names a borrower by transfer.
    function transfer(address dst, uint256 amount) external returns (bool) {
        _accrue();
        _moveBase(msg.sender, -int256(amount));
        _moveBase(dst, int256(amount));
        _mustBeCollateralized(msg.sender);
        return true;
    }

    function transferAsset(address dst, address asset, uint256 amount) external {
        _moveCollateral(msg.sender, asset, -int256(amount));
        _moveCollateral(dst, asset, int256(amount));
        _mustBeCollateralized(msg.sender);
        emit TransferCollateral(msg.sender, dst, asset, amount);
    }

    /// @notice Anybody may: it is a stand-in.
    function pause(bool, bool, bool, bool absorbPaused, bool buyPaused) external {
        _totals.pauseFlags = (absorbPaused ? ABSORB_PAUSED : 0) | (buyPaused ? BUY_PAUSED : 0);
    }

    function _moveBase(address account, int256 amount) private {
        UserBasic storage user = userBasic[account];
        int104 before = user.principal;
        int256 balance = before >= 0
            ? int256(_present(_totals.baseSupplyIndex, uint104(before)))
            : -int256(_present(_totals.baseBorrowIndex, uint104(-before)));
        balance += amount;
        // Rounded against the account: a supply down, a debt up.
        int104 afterwards = balance >= 0
            ? int104(int256(uint256(balance) * INDEX_ONE / _totals.baseSupplyIndex))
            : -int104(int256(
                (uint256(-balance) * INDEX_ONE + _totals.baseBorrowIndex - 1) / _totals.baseBorrowIndex
            ));
        user.principal = afterwards;
        _totals.totalSupplyBase = _totals.totalSupplyBase - _positive(before) + _positive(afterwards);
        _totals.totalBorrowBase = _totals.totalBorrowBase - _positive(-before) + _positive(-afterwards);
        if (amount < 0 && balance < 0 && uint256(-balance) < _terms.baseBorrowMin) revert BorrowTooSmall();
    }

    function _positive(int104 value) private pure returns (uint104) {
        return value > 0 ? uint104(value) : 0;
    }

    function _moveCollateral(address account, address asset, int256 amount) private {
        AssetInfo storage info = _infoOf(asset);
        Balance storage own = userCollateral[account][asset];
        own.balance = _moved(own.balance, amount);
        totalsCollateral[asset].balance = _moved(totalsCollateral[asset].balance, amount);
        uint24 bit = uint24(1) << info.offset;
        UserBasic storage user = userBasic[account];
        uint24 bits = uint24(user.assetsIn) | (uint24(user._reserved) << 16);
        bits = own.balance > 0 ? bits | bit : bits & ~bit;
        (user.assetsIn, user._reserved) = (uint16(bits), uint8(bits >> 16));
    }

    function _moved(uint128 balance, int256 amount) private pure returns (uint128) {
        return amount < 0 ? balance - uint128(uint256(-amount)) : balance + uint128(uint256(amount));
    }

    // ── What is owed and what it is worth ───────────────────────────────────────────────────────────────

    function _accrue() private {
        (_totals.baseSupplyIndex, _totals.baseBorrowIndex) = _indices();
        _totals.lastAccrualTime = uint40(block.timestamp);
    }

    function _indices() private view returns (uint64 supplyIndex, uint64 borrowIndex) {
        (supplyIndex, borrowIndex) = (_totals.baseSupplyIndex, _totals.baseBorrowIndex);
        uint256 elapsed = block.timestamp - _totals.lastAccrualTime;
        if (elapsed == 0) return (supplyIndex, borrowIndex);
        uint256 utilization = getUtilization();
        supplyIndex = _grown(supplyIndex, _rate(_terms.supply, utilization) * elapsed);
        borrowIndex = _grown(borrowIndex, _rate(_terms.borrow, utilization) * elapsed);
    }

    function _grown(uint64 index, uint256 factor) private pure returns (uint64) {
        uint256 growth = uint256(index) * factor / ONE;
        require(growth <= type(uint64).max);
        return index + uint64(growth);
    }

    function _rate(Curve storage curve, uint256 utilization) private view returns (uint256) {
        if (utilization <= curve.kink) return curve.base + curve.slopeLow * utilization / ONE;
        return curve.base + curve.slopeLow * curve.kink / ONE + curve.slopeHigh * (utilization - curve.kink) / ONE;
    }

    function borrowBalanceOf(address account) external view returns (uint256) {
        (, uint64 borrowIndex) = _indices();
        int104 principal = userBasic[account].principal;
        return principal < 0 ? _present(borrowIndex, uint104(-principal)) : 0;
    }

    function getUtilization() public view returns (uint256) {
        uint256 supplied = _present(_totals.baseSupplyIndex, _totals.totalSupplyBase);
        if (supplied == 0) return 0;
        return _present(_totals.baseBorrowIndex, _totals.totalBorrowBase) * ONE / supplied;
    }

    function _present(uint64 index, uint104 principal) private pure returns (uint256) {
        return uint256(principal) * index / INDEX_ONE;
    }

    function isLiquidatable(address account) public view returns (bool) {
        return !_isCovered(account, true);
    }

    function _mustBeCollateralized(address account) private view {
        if (!_isCovered(account, false)) revert NotCollateralized();
    }

    /// No further price is asked for once the debt is covered.
    function _isCovered(address account, bool toLiquidate) private view returns (bool) {
        UserBasic storage user = userBasic[account];
        if (user.principal >= 0) return true;
        uint256 owed = _present(_totals.baseBorrowIndex, uint104(-user.principal));
        uint256 uncovered = owed * getPrice(_terms.baseTokenPriceFeed) / _terms.baseScale;
        for (uint8 i; i < _assets.length && uncovered > 0; ++i) {
            if (!_isIn(user, i)) continue;
            uint256 value = _weighted(account, _assets[i], toLiquidate);
            uncovered = value < uncovered ? uncovered - value : 0;
        }
        return uncovered == 0;
    }

    function _weighted(address account, AssetInfo storage info, bool toLiquidate) private view returns (uint256) {
        uint256 factor = toLiquidate ? info.liquidateCollateralFactor : info.borrowCollateralFactor;
        if (_terms.patched && factor == 0) return 0;
        uint256 amount = userCollateral[account][info.asset].balance;
        return amount * getPrice(info.priceFeed) / info.scale * factor / ONE;
    }

    function _isIn(UserBasic storage user, uint8 offset) private view returns (bool) {
        return ((uint24(user.assetsIn) | (uint24(user._reserved) << 16)) >> offset) & 1 == 1;
    }

    function getPrice(address priceFeed) public view returns (uint256) {
        (, int256 price,,,) = IRoundFeed(priceFeed).latestRoundData();
        if (price <= 0) revert BadPrice();
        return uint256(price);
    }

    function getReserves() public view returns (int256) {
        (uint64 supplyIndex, uint64 borrowIndex) = _indices();
        return int256(IToken(_terms.baseToken).balanceOf(address(this)))
            - int256(_present(supplyIndex, _totals.totalSupplyBase))
            + int256(_present(borrowIndex, _totals.totalBorrowBase));
    }

    function getCollateralReserves(address asset) public view returns (uint256) {
        return IToken(asset).balanceOf(address(this)) - totalsCollateral[asset].balance;
    }

    // ── Views ───────────────────────────────────────────────────────────────────────────────────────────

    function _infoOf(address asset) private view returns (AssetInfo storage) {
        for (uint256 i; i < _assets.length; ++i) if (_assets[i].asset == asset) return _assets[i];
        revert BadAsset();
    }

    function getAssetInfo(uint8 i) external view returns (AssetInfo memory) {
        return _assets[i];
    }

    function numAssets() external view returns (uint8) {
        return uint8(_assets.length);
    }

    function totalsBasic() external view returns (TotalsBasic memory) {
        return _totals;
    }

    function isAbsorbPaused() public view returns (bool) {
        return _totals.pauseFlags & ABSORB_PAUSED != 0;
    }

    function isBuyPaused() public view returns (bool) {
        return _totals.pauseFlags & BUY_PAUSED != 0;
    }

    function baseToken() external view returns (address) {
        return _terms.baseToken;
    }

    function baseTokenPriceFeed() external view returns (address) {
        return _terms.baseTokenPriceFeed;
    }

    function baseScale() external view returns (uint256) {
        return _terms.baseScale;
    }

    function storeFrontPriceFactor() external view returns (uint256) {
        return _terms.storeFrontPriceFactor;
    }

    function targetReserves() external view returns (uint256) {
        return _terms.targetReserves;
    }

    function supplyKink() external view returns (uint256) {
        return _terms.supply.kink;
    }

    function supplyPerSecondInterestRateBase() external view returns (uint256) {
        return _terms.supply.base;
    }

    function supplyPerSecondInterestRateSlopeLow() external view returns (uint256) {
        return _terms.supply.slopeLow;
    }

    function supplyPerSecondInterestRateSlopeHigh() external view returns (uint256) {
        return _terms.supply.slopeHigh;
    }

    function borrowKink() external view returns (uint256) {
        return _terms.borrow.kink;
    }

    function borrowPerSecondInterestRateBase() external view returns (uint256) {
        return _terms.borrow.base;
    }

    function borrowPerSecondInterestRateSlopeLow() external view returns (uint256) {
        return _terms.borrow.slopeLow;
    }

    function borrowPerSecondInterestRateSlopeHigh() external view returns (uint256) {
        return _terms.borrow.slopeHigh;
    }

    /// @notice Only the patched contract has this constant.
    function MAX_SUPPORTED_UTILIZATION() external view returns (uint256) {
        require(_terms.patched);
        return 2 * ONE;
    }
}
