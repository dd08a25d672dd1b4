import { Interface } from 'ethers';
import type { Call } from '../../lib/call.ts';
import { encodeSwapCallback } from '../../lib/executor.ts';
import type { Address, Hex } from '../../lib/hex.ts';
import type { Deployed } from '../support/evm.ts';
import { quoteExactOut } from './uniswap-v3.ts';
import { BORROWER, COLLATERAL, DEBT, type World } from './world.ts';

/** The calls of a plan, encoded here from the protocols' own signatures. */
const abi = new Interface([
  'function liquidationCall(address collateralAsset, address debtAsset, address user, uint256 debtToCover, bool receiveAToken)',
  'function swap(address recipient, bool zeroForOne, int256 amountSpecified, uint160 sqrtPriceLimitX96, bytes data)',
  'function flashLoanSimple(address receiver, address asset, uint256 amount, bytes params, uint16 referralCode)',
]);

export interface Repayment {
  readonly collateral?: Deployed;
  readonly debt?: Deployed;
  readonly amount?: bigint;
  readonly borrower?: Address;
}

/** Unless told otherwise, repays all USDC of the borrower, for which the lending pool gives WETH. */
export function liquidation(world: World, repayment: Repayment = {}): Call {
  const { collateral = world.weth, debt = world.usdc, amount = DEBT, borrower = BORROWER } = repayment;
  const args = [collateral.address, debt.address, borrower, amount, false];
  return {
    target: world.lendingPool.address,
    data: abi.encodeFunctionData('liquidationCall', args),
    approve: { token: debt.address, amount },
  };
}

export interface Swap {
  readonly pool?: Address;
  readonly recipient?: Address;
  readonly tokenIn: Address;
  readonly tokenOut: Address;
  /** As the pool reads it: positive sells exactly, negative buys exactly. */
  readonly amount: bigint;
  readonly data: Hex;
}

const LOWEST_PRICE = 4_295_128_740n;
const HIGHEST_PRICE = 1_461_446_703_485_210_103_287_273_052_203_988_822_378_723_970_341n;

export function swap({ pool, executor }: World, order: Swap): Call {
  const zeroForOne = BigInt(order.tokenIn) < BigInt(order.tokenOut);
  const limit = zeroForOne ? LOWEST_PRICE : HIGHEST_PRICE;
  const args = [order.recipient ?? executor.address, zeroForOne, order.amount, limit, order.data];
  return { target: order.pool ?? pool, data: abi.encodeFunctionData('swap', args), callsBack: true };
}

export interface Loan {
  readonly lender?: Address;
  readonly receiver?: Address;
  readonly token: Address;
  readonly amount: bigint;
  readonly params: Hex;
}

export function flashLoanSimple({ lendingPool, executor }: World, loan: Loan): Call {
  const args = [loan.receiver ?? executor.address, loan.token, loan.amount, loan.params, 0];
  const data = abi.encodeFunctionData('flashLoanSimple', args);
  return { target: loan.lender ?? lendingPool.address, data, callsBack: true };
}

/** The flash-swap: the pool sends the debt, `inner` turns it into WETH, the pool is paid in WETH. */
export function flashSwap(world: World, inner: readonly Call[] = [liquidation(world)], debt = DEBT): Call {
  const { weth, usdc } = world;
  const data = encodeSwapCallback(weth.address, inner);
  return swap(world, { tokenIn: weth.address, tokenOut: usdc.address, amount: -debt, data });
}

/** What `flashSwap` leaves when it is the first in the pool: the collateral less what the pool takes. */
export async function flashSwapProfit({ evm, uniswap, weth, usdc }: World): Promise<bigint> {
  return COLLATERAL - (await quoteExactOut(evm, uniswap, [weth, usdc], DEBT));
}
