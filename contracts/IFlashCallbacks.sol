// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

/// @title What lenders and pools call while one of our calls to them is running.
/// @notice Each is accepted once from the target of a Call with `callsBack`, from nobody else, at no other
///         time. It runs the inner calls, then pays exactly what is owed to the caller.
/// @dev    `inner` is `ILiquidationExecutor.Call[]`. What the bytes hold, ABI-encoded:
///         (token, inner) where the callback does not say which token is owed; (inner) where it does;
///         (token, amount, inner) where it does not say how much either.
interface IFlashCallbacks {
    /// @notice Uniswap V3. Pays the positive delta.
    /// @dev    @uniswap/v3-core@1.0.1 IUniswapV3SwapCallback
    /// @param data  (payToken, inner)
    function uniswapV3SwapCallback(int256 amount0Delta, int256 amount1Delta, bytes calldata data) external;

    /// @notice Uniswap V2. The pair does not say what it wants: the operator worked `amount` out.
    /// @dev    @uniswap/v2-core@1.0.1 IUniswapV2Callee
    /// @param sender  Who called the pair: must be the executor.
    /// @param data    (payToken, amount, inner)
    function uniswapV2Call(address sender, uint256 amount0, uint256 amount1, bytes calldata data) external;

    /// @notice Uniswap V4. Pays all that the executor owes the PoolManager in `payToken` after `inner`, which
    ///         takes and swaps as it needs. The zero address is ether: WETH is unwrapped for it, and ether that
    ///         `inner` takes is wrapped the moment that it comes.
    /// @dev    @uniswap/v4-core@1.0.2 IUnlockCallback, TransientStateLibrary
    /// @param data  (payToken, inner)
    function unlockCallback(bytes calldata data) external returns (bytes memory);

    /// @notice Aave V3 `flashLoanSimple`. Lets the pool pull `amount + premium`.
    /// @dev    @aave-dao/aave-v3-origin@3.6.0 IFlashLoanSimpleReceiver
    /// @param initiator  Who asked for the loan: must be the executor.
    /// @param params     (inner)
    function executeOperation(
        address asset,
        uint256 amount,
        uint256 premium,
        address initiator,
        bytes calldata params
    ) external returns (bool);

    /// @notice Morpho Blue `flashLoan`. Lets Morpho pull `assets`.
    /// @dev    morpho-org/morpho-blue IMorphoFlashLoanCallback
    /// @param data  (token, inner)
    function onMorphoFlashLoan(uint256 assets, bytes calldata data) external;

    /// @notice Morpho Blue `liquidate`: the collateral is here, the debt is due.
    /// @dev    morpho-org/morpho-blue IMorphoLiquidateCallback
    /// @param data  (loanToken, inner)
    function onMorphoLiquidate(uint256 repaidAssets, bytes calldata data) external;

    /// @notice `preLiquidate` of a contract that liquidates for Morpho before Morpho does: the collateral is here,
    ///         the debt is due to the caller.
    /// @dev    morpho-org/pre-liquidation IPreLiquidationCallback
    /// @param data  (loanToken, inner)
    function onPreLiquidate(uint256 repaidAssets, bytes calldata data) external;

    /// @notice Balancer V2 `flashLoan`. Pays each amount and its fee.
    /// @dev    balancer-v2-monorepo IFlashLoanRecipient
    /// @param userData  (inner)
    function receiveFlashLoan(
        address[] calldata tokens,
        uint256[] calldata amounts,
        uint256[] calldata feeAmounts,
        bytes calldata userData
    ) external;

    /// @notice ERC-3156, for example Maker's DssFlash. Lets the lender pull `amount + fee`.
    /// @dev    EIP-3156 IERC3156FlashBorrower
    /// @param initiator  Who asked for the loan: must be the executor.
    /// @param data       (inner)
    function onFlashLoan(address initiator, address token, uint256 amount, uint256 fee, bytes calldata data)
        external
        returns (bytes32);
}
