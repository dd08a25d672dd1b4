import { FunctionFragment } from 'ethers';
import type { Address, Hex } from '../domain.ts';

/** What the executor's owner allows its operators to call: `ILiquidationExecutor.Rule`. */
export interface Rule {
  readonly target: Address;
  readonly selector: Hex;
  readonly allowed: boolean;
  /** Bit i: argument word i must be the executor's own address. */
  readonly selfWords: bigint;
}

/** The contracts that our plans call. */
export interface AllowedTargets {
  readonly aavePools: readonly Address[];
  readonly uniswapV3Pools: readonly Address[];
}

/**
 * One rule for each call that a plan may contain. Whoever receives tokens is bound to the executor:
 * `liquidationCall` pays its caller and needs no binding; a loan and a swap name their recipient first.
 */
export function executorRules({ aavePools, uniswapV3Pools }: AllowedTargets): readonly Rule[] {
  return [
    ...aavePools.flatMap((pool) => [
      allow(pool, LIQUIDATION_CALL, NO_WORD),
      allow(pool, FLASH_LOAN_SIMPLE, FIRST_WORD),
    ]),
    ...uniswapV3Pools.map((pool) => allow(pool, SWAP, FIRST_WORD)),
  ];
}

/** @aave-dao/aave-v3-origin@3.6.0 IPool */
const LIQUIDATION_CALL = FunctionFragment.from(
  'function liquidationCall(address collateralAsset, address debtAsset, address borrower, uint256 debtToCover, bool receiveAToken)',
);
const FLASH_LOAN_SIMPLE = FunctionFragment.from(
  'function flashLoanSimple(address receiverAddress, address asset, uint256 amount, bytes params, uint16 referralCode)',
);
/** @uniswap/v3-core@1.0.1 IUniswapV3PoolActions */
const SWAP = FunctionFragment.from(
  'function swap(address recipient, bool zeroForOne, int256 amountSpecified, uint160 sqrtPriceLimitX96, bytes data)',
);

const NO_WORD = 0n;
const FIRST_WORD = 1n;

function allow(target: Address, { selector }: FunctionFragment, selfWords: bigint): Rule {
  return { target, selector, allowed: true, selfWords };
}
