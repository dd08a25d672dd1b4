// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

/// @title One transaction from flash loan to profit, for any protocol, lender and exchange its owner allows.
/// @notice The executor holds nothing between two calls. Operators decide what is liquidated; they can
///         neither name a recipient nor a contract that the owner has not allowed: profit goes to the owner,
///         the bid to `block.coinbase`.
///         Who steals an operator's key can bid all profit of his own liquidations away, or waste it in pools
///         whose price he moved or whose Uniswap V4 hooks he wrote. He cannot take WETH or ether that is here
///         already. Another token that an item left behind he can waste likewise, until anyone sweeps it to
///         the owner.
interface ILiquidationExecutor {
    /// @param target          Contract to call; (target, selector) must be allowed by the owner.
    /// @param data            Calldata. Words that the rule binds must be the executor's own address.
    /// @param approveToken    Token of which `target` gets an allowance of `approveAmount` for this call
    ///                        only; the zero address for none.
    /// @param balanceToken    Token whose whole balance is written into `data` at `balanceOffset` before the
    ///                        call; the zero address for none.
    /// @param balanceOffset   Byte offset in `data`, selector included.
    /// @param callsBack       Whether `target` may call back, once, while this call runs.
    struct Call {
        address target;
        bytes data;
        address approveToken;
        uint256 approveAmount;
        address balanceToken;
        uint256 balanceOffset;
        bool callsBack;
    }

    /// @notice One borrower. Reverts alone: what it did is undone, the other items go on.
    /// @param minProfitWei  Least WETH that it must gain.
    /// @param gasLimit      All the gas that it may use. An item that burns it costs the others nothing that they
    ///                      need, as long as the transaction brings enough for all.
    struct Item {
        Call[] calls;
        uint256 minProfitWei;
        uint256 gasLimit;
    }

    /// @param minProfitWei  Least WETH that the owner must receive, bid already paid.
    /// @param bidBps        Share of (profit - gasCostWei) that is paid to `block.coinbase`, rounded down.
    /// @param gasCostWei    What the operator expects to pay for gas; not bid away.
    /// @param deadline      Last acceptable `block.timestamp`.
    struct Terms {
        uint256 minProfitWei;
        uint256 bidBps;
        uint256 gasCostWei;
        uint256 deadline;
    }

    /// @param selfWords  Bit i set: argument word i of the calldata must be the executor's own address.
    struct Rule {
        address target;
        bytes4 selector;
        bool allowed;
        uint256 selfWords;
    }

    event ItemLiquidated(uint256 indexed index, uint256 profitWei);
    /// @param reason  First 256 bytes of what it reverted with; empty when it ran out of its share of the gas.
    event ItemFailed(uint256 indexed index, bytes reason);
    /// @param profitWei  WETH gained by all items.
    /// @param bidWei     Part of it paid to `block.coinbase`; the rest went to the owner.
    event Executed(uint256 profitWei, uint256 bidWei);
    event OperatorSet(address indexed operator, bool allowed);
    event RuleSet(address indexed target, bytes4 indexed selector, bool allowed, uint256 selfWords);

    error NotOwner();
    error NotOperator();
    error NotSelf();
    error DeadlinePassed(uint256 deadline, uint256 timestamp);
    error CallNotAllowed(address target, bytes4 selector);
    error RecipientNotSelf(address target, uint256 word);
    error UnexpectedCallback(address caller);
    error ProfitTooLow(uint256 profitWei, uint256 minProfitWei);
    error BidTooHigh(uint256 bidBps);
    error BidRejected();
    /// @param reason  Why the last item failed.
    error NothingLiquidated(bytes reason);
    /// @dev The target reverted without a reason: most often out of gas.
    error CallFailed(address target);
    error NoCode(address target);
    error TokenRefused(address token);
    error PatchOutOfBounds(uint256 offset, uint256 dataLength);
    error RuleRefused(address target, bytes4 selector);
    error Reentered();
    error EtherRefused();
    error OwnerRejectedEther();

    function OWNER() external view returns (address);
    function WETH() external view returns (address);
    function isOperator(address operator) external view returns (bool);
    function ruleOf(address target, bytes4 selector) external view returns (bool allowed, uint256 selfWords);

    /// @notice Runs every item, pays the bid, sends the rest of the WETH profit to the owner.
    /// @dev    Operators only. Reverts as a whole when no item succeeds, or when the owner would receive less
    ///         than `minProfitWei`. An item gets its `gasLimit`, or all that is left but a reserve for the
    ///         settlement: no item can keep the profit of those before it from its owner.
    function execute(Item[] calldata items, Terms calldata terms) external;

    /// @dev Owner only.
    function setOperator(address operator, bool allowed) external;
    /// @dev Owner only. Refused for the executor itself, for WETH, for any token's transfer, transferFrom and
    ///      approve, and for a self word above 254.
    function setRules(Rule[] calldata rules) external;
    /// @notice Sends the whole balance of `token` (zero address: native ether) to the owner. Anyone may call,
    ///         but not while `execute` runs.
    function sweep(address token) external;
}
