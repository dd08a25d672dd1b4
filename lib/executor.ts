import type { Call } from './call.ts';
import {
  address,
  array,
  boolean,
  bytes,
  type Encoded,
  encodeArguments,
  encodeCall,
  integer,
  tuple,
} from './ethereum/abi.ts';
import { lateInterface } from './ethereum/late-interface.ts';
import type { Address, Hex } from './hex.ts';

/** ABI of contracts/ILiquidationExecutor.sol: what we sign calls to and read receipts of. */
const CALL =
  'tuple(address target, bytes data, address approveToken, uint256 approveAmount, address balanceToken, uint256 balanceOffset, bool callsBack)';

export const executorInterface = lateInterface([
  `function execute(tuple(${CALL}[] calls, uint256 minProfitWei, uint256 gasLimit)[] items, tuple(uint256 minProfitWei, uint256 bidBps, uint256 gasCostWei, uint256 deadline) terms)`,
  'function setOperator(address operator, bool allowed)',
  'function setRules(tuple(address target, bytes4 selector, bool allowed, uint256 selfWords)[] rules)',
  'function sweep(address token)',
  'function OWNER() view returns (address)',
  'function WETH() view returns (address)',
  'function isOperator(address operator) view returns (bool)',
  'function ruleOf(address target, bytes4 selector) view returns (bool allowed, uint256 selfWords)',
  'event ItemLiquidated(uint256 indexed index, uint256 profitWei)',
  'event ItemFailed(uint256 indexed index, bytes reason)',
  'event Executed(uint256 profitWei, uint256 bidWei)',
  'event OperatorSet(address indexed operator, bool allowed)',
  'event RuleSet(address indexed target, bytes4 indexed selector, bool allowed, uint256 selfWords)',
  'error NotOwner()',
  'error NotOperator()',
  'error NotSelf()',
  'error DeadlinePassed(uint256 deadline, uint256 timestamp)',
  'error CallNotAllowed(address target, bytes4 selector)',
  'error RecipientNotSelf(address target, uint256 word)',
  'error UnexpectedCallback(address caller)',
  'error ProfitTooLow(uint256 profitWei, uint256 minProfitWei)',
  'error BidTooHigh(uint256 bidBps)',
  'error BidRejected()',
  'error NothingLiquidated(bytes reason)',
  'error CallFailed(address target)',
  'error NoCode(address target)',
  'error TokenRefused(address token)',
  'error PatchOutOfBounds(uint256 offset, uint256 dataLength)',
  'error RuleRefused(address target, bytes4 selector)',
  'error Reentered()',
  'error EtherRefused()',
  'error OwnerRejectedEther()',
]);

export interface ExecutorItem {
  readonly calls: readonly Call[];
  /** Least WETH that this item must gain, or it alone is undone. */
  readonly minProfitWei: bigint;
  /** All the gas that it may use. */
  readonly gasLimit: bigint;
}

export interface ExecutorTerms {
  /** Least WETH that the owner must receive, bid already paid, or the transaction reverts. */
  readonly minProfitWei: bigint;
  /** Share of (profit − gasCostWei) paid to the block's builder, rounded down. */
  readonly bidBps: bigint;
  readonly gasCostWei: bigint;
  readonly deadlineSeconds: number;
}

/** Calldata of `execute`. */
export function encodeExecute(items: readonly ExecutorItem[], terms: ExecutorTerms): Hex {
  return encodeCall(EXECUTE, [
    array(
      items.map((item) => tuple([callsOf(item.calls), integer(item.minProfitWei), integer(item.gasLimit)])),
    ),
    tuple([terms.minProfitWei, terms.bidBps, terms.gasCostWei, terms.deadlineSeconds].map(integer)),
  ]);
}

/** Of `execute`. */
export const EXECUTE = '0x4390d888';

/** `abi.encode(Call[])`: what a lender hands back to the executor in its callback. */
export const encodeCalls = (calls: readonly Call[]): Hex => encodeArguments([callsOf(calls)]);

/** `abi.encode(address, Call[])`: what a pool hands back; the executor runs the calls, then pays in `payToken`. */
export const encodeSwapCallback = (payToken: Address, inner: readonly Call[]): Hex =>
  encodeArguments([address(payToken), callsOf(inner)]);

/** `abi.encode(address, uint256, Call[])`: a pair does not say what it is owed, so the executor is told. */
export const encodePairCallback = (payToken: Address, amount: bigint, inner: readonly Call[]): Hex =>
  encodeArguments([address(payToken), integer(amount), callsOf(inner)]);

/** Byte offset of `amount` in what `encodePairCallback` returns. */
export const PAIR_CALLBACK_AMOUNT_OFFSET = 32;

const callsOf = (calls: readonly Call[]): Encoded => array(calls.map(callOf));

/** In the order of `CALL`. */
const callOf = ({ target, data, approve, spendBalance, callsBack = false }: Call): Encoded =>
  tuple([
    ...[address(target), bytes(data)],
    ...[address(approve?.token ?? NOBODY), integer(approve?.amount ?? 0n)],
    ...[address(spendBalance?.token ?? NOBODY), integer(spendBalance?.offset ?? 0)],
    boolean(callsBack),
  ]);

const NOBODY = '0x';
