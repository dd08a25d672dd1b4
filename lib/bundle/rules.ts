import { FunctionFragment } from 'ethers';
import type { AllowedCall } from '../call.ts';
import type { Address } from '../hex.ts';

/** What the executor's owner allows its operators to call: `ILiquidationExecutor.Rule`. */
export interface Rule extends AllowedCall {
  readonly allowed: boolean;
}

/** What our plans call: liquidations, as each protocol says itself, and the lenders and pools that fund them. */
export interface AllowedTargets {
  readonly liquidations?: readonly AllowedCall[];
  readonly aavePools: readonly Address[];
  readonly uniswapV3Pools: readonly Address[];
  readonly uniswapV2Pairs?: readonly Address[];
  readonly uniswapV4Managers?: readonly Address[];
  readonly morphos?: readonly Address[];
  readonly balancerVaults?: readonly Address[];
  readonly erc3156Lenders?: readonly Address[];
}

/**
 * One rule for each call that a plan may contain. A word that names who receives tokens is bound to the
 * executor; `unlock` and Morpho's loan pay or call their caller and name nobody.
 */
export function executorRules(targets: AllowedTargets): readonly Rule[] {
  const { liquidations = [], aavePools, uniswapV3Pools, uniswapV2Pairs = [] } = targets;
  const { uniswapV4Managers = [], morphos = [], balancerVaults = [], erc3156Lenders = [] } = targets;
  return [
    ...liquidations.map((call) => ({ ...call, allowed: true })),
    ...aavePools.map((pool) => allow(pool, FLASH_LOAN_SIMPLE, FIRST_WORD)),
    ...uniswapV3Pools.map((pool) => allow(pool, SWAP, FIRST_WORD)),
    ...uniswapV2Pairs.map((pair) => allow(pair, PAIR_SWAP, THIRD_WORD)),
    ...uniswapV4Managers.flatMap((manager) => [
      allow(manager, UNLOCK, NO_WORD),
      allow(manager, TAKE, SECOND_WORD),
      allow(manager, MANAGER_SWAP, NO_WORD),
    ]),
    ...morphos.map((morpho) => allow(morpho, MORPHO_FLASH_LOAN, NO_WORD)),
    ...balancerVaults.map((vault) => allow(vault, BALANCER_FLASH_LOAN, FIRST_WORD)),
    ...erc3156Lenders.map((lender) => allow(lender, ERC3156_FLASH_LOAN, FIRST_WORD)),
  ];
}

/** @aave-dao/aave-v3-origin@3.6.0 IPool */
const FLASH_LOAN_SIMPLE = FunctionFragment.from(
  'function flashLoanSimple(address receiverAddress, address asset, uint256 amount, bytes params, uint16 referralCode)',
);
/** @uniswap/v3-core@1.0.1 IUniswapV3PoolActions */
const SWAP = FunctionFragment.from(
  'function swap(address recipient, bool zeroForOne, int256 amountSpecified, uint160 sqrtPriceLimitX96, bytes data)',
);
/** @uniswap/v2-core@1.0.1 IUniswapV2Pair */
const PAIR_SWAP = FunctionFragment.from(
  'function swap(uint256 amount0Out, uint256 amount1Out, address to, bytes data)',
);
/** @uniswap/v4-core@1.0.2 IPoolManager: a swap pays nobody, it leaves a credit to `take`. */
const UNLOCK = FunctionFragment.from('function unlock(bytes data)');
const TAKE = FunctionFragment.from('function take(address currency, address to, uint256 amount)');
const MANAGER_SWAP = FunctionFragment.from(
  'function swap(tuple(address currency0, address currency1, uint24 fee, int24 tickSpacing, address hooks) key, tuple(bool zeroForOne, int256 amountSpecified, uint160 sqrtPriceLimitX96) params, bytes hookData)',
);
/** @morpho-org/morpho-blue@1.0.0 IMorpho */
const MORPHO_FLASH_LOAN = FunctionFragment.from(
  'function flashLoan(address token, uint256 assets, bytes data)',
);
/** @balancer-labs/v2-vault@3.0.1 IVault */
const BALANCER_FLASH_LOAN = FunctionFragment.from(
  'function flashLoan(address recipient, address[] tokens, uint256[] amounts, bytes userData)',
);
/** EIP-3156 IERC3156FlashLender */
const ERC3156_FLASH_LOAN = FunctionFragment.from(
  'function flashLoan(address receiver, address token, uint256 amount, bytes data)',
);

const NO_WORD = 0b000n;
const FIRST_WORD = 0b001n;
const SECOND_WORD = 0b010n;
const THIRD_WORD = 0b100n;

function allow(target: Address, { selector }: FunctionFragment, selfWords: bigint): Rule {
  return { target, selector, allowed: true, selfWords };
}
