import { getAddress } from 'ethers';
import { artifact } from '../../devnet/chain/artifact.ts';
import type { Address } from '../../lib/hex.ts';
import type { Deployed, Evm } from '../support/evm.ts';

/** The real factory and position manager from their npm packages. */
export interface UniswapV3 {
  readonly factory: Deployed;
  readonly positions: Deployed;
  readonly quoter: Deployed;
}

export async function deployUniswapV3(evm: Evm, weth: Address): Promise<UniswapV3> {
  const factory = await evm.deploy(artifact('@uniswap/v3-core', 'UniswapV3Factory'));
  const periphery = (name: string, ...more: readonly unknown[]) =>
    evm.deploy(artifact('@uniswap/v3-periphery', name), [factory.address, weth, ...more]);
  return {
    factory,
    positions: await periphery('NonfungiblePositionManager', evm.account),
    quoter: await periphery('Quoter'),
  };
}

/** What the real pool would take for exactly `amountOut`. */
export async function quoteExactOut(
  evm: Evm,
  { quoter }: UniswapV3,
  [tokenIn, tokenOut]: readonly [Deployed, Deployed],
  amountOut: bigint,
): Promise<bigint> {
  const args = [tokenIn.address, tokenOut.address, FEE, amountOut, 0n];
  const [amountIn] = await evm.call(quoter, 'quoteExactOutputSingle', args);
  return amountIn;
}

/** What both sides put in; their ratio is the price. */
export interface Liquidity {
  readonly token: Deployed;
  readonly amount: bigint;
}

/** A 0.05 % pool with liquidity over the whole range, from tokens that the deployer already holds. */
export async function openPool(
  evm: Evm,
  uniswap: UniswapV3,
  sides: readonly [Liquidity, Liquidity],
): Promise<Address> {
  const [a, b] = sides;
  const [side0, side1] = BigInt(a.token.address) < BigInt(b.token.address) ? [a, b] : [b, a];
  const pair = [side0.token.address, side1.token.address, FEE];
  await evm.run(uniswap.positions, 'createAndInitializePoolIfNecessary', [
    ...pair,
    squareRoot((side1.amount << 192n) / side0.amount),
  ]);
  for (const { token, amount } of sides) {
    await evm.run(token, 'approve', [uniswap.positions.address, amount]);
  }
  const params = [...pair, ...WHOLE_RANGE, side0.amount, side1.amount, 0, 0, evm.account, MAX_UINT64];
  await evm.run(uniswap.positions, 'mint', [params]);
  const [pool] = await evm.call(uniswap.factory, 'getPool', pair);
  return getAddress(pool);
}

const FEE = 500;
const WHOLE_RANGE = [-887_270, 887_270];
const MAX_UINT64 = 2n ** 64n - 1n;

/** Rounded down, by Newton's method. */
function squareRoot(value: bigint): bigint {
  let root = 1n << BigInt(Math.ceil(value.toString(2).length / 2));
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}
