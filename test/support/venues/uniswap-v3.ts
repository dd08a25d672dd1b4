import { Interface, MaxUint256 } from 'ethers';
import { artifact } from '../../../devnet/chain/artifact.ts';
import type { Log, Receipt } from '../../../lib/chain.ts';
import { ContractError } from '../../../lib/errors.ts';
import { type Deployed, type Evm, startEvm } from '../evm.ts';
import type { Swap } from '../fuzz/random-swap.ts';
import type { SwapEvent, TickRange } from '../fuzz/tick-pools.ts';
import { deployTokens } from './tokens.ts';

/** The contracts of mainnet, as their packages ship them, around two tokens. */
export interface UniswapV3Market {
  readonly evm: Evm;
  readonly factory: Deployed;
  readonly router: Deployed;
  readonly positions: Deployed;
  /** In the pool's order. */
  readonly tokens: readonly [Deployed, Deployed];
}

export async function startUniswapV3(): Promise<UniswapV3Market> {
  const evm = await startEvm();
  const factory = await evm.deploy(artifact('@uniswap/v3-core', 'UniswapV3Factory'));
  const weth = await evm.deploy(artifact('canonical-weth', 'WETH9'));
  const periphery = (name: string, ...more: readonly unknown[]) =>
    evm.deploy(artifact('@uniswap/v3-periphery', name), [factory.address, weth.address, ...more]);
  const router = await periphery('SwapRouter');
  const positions = await periphery('NonfungiblePositionManager', weth.address);
  await evm.run(factory, 'enableFeeAmount', [100, 1]);
  const tokens = await deployTokens(evm, [router, positions]);
  return { evm, factory, router, positions, tokens };
}

export async function createPool(
  { evm, positions, tokens }: UniswapV3Market,
  fee: number,
  sqrtPriceX96: bigint,
): Promise<void> {
  const addresses = tokens.map((token) => token.address);
  await evm.run(positions, 'createAndInitializePoolIfNecessary', [...addresses, fee, sqrtPriceX96]);
}

export interface Position extends TickRange {
  readonly amount0: bigint;
  readonly amount1: bigint;
}

/** Queues it: it may fail, where it would be worth no liquidity. */
export async function addPosition(market: UniswapV3Market, fee: number, position: Position): Promise<void> {
  const { tickLower, tickUpper, amount0, amount1 } = position;
  const { evm, positions, tokens } = market;
  const addresses = tokens.map((token) => token.address);
  const amounts = [amount0, amount1, 0n, 0n, evm.account, DEADLINE];
  await evm.send(positions, 'mint', [[...addresses, fee, tickLower, tickUpper, ...amounts]]);
}

/** Queues it. */
export async function sendSwap({ evm, router }: UniswapV3Market, fee: number, swap: Swap): Promise<void> {
  const head = [swap.tokenIn, swap.tokenOut, fee, evm.account, DEADLINE, swap.amount];
  if (swap.kind === 'exactIn') await evm.send(router, 'exactInputSingle', [[...head, 0n, 0n]]);
  else await evm.send(router, 'exactOutputSingle', [[...head, MaxUint256, 0n]]);
}

export function swapEvent(receipt: Receipt): SwapEvent {
  const log = receipt.logs.find((one: Log) => one.topics[0] === SWAP_TOPIC);
  if (log === undefined)
    throw new ContractError('A swap that was expected to succeed emitted no Swap event.');
  const { amount0, amount1, sqrtPriceX96, liquidity, tick } = poolEvents.decodeEventLog('Swap', log.data, [
    ...log.topics,
  ]);
  return { amount0, amount1, sqrtPriceX96, liquidity, tick: Number(tick) };
}

const poolEvents = new Interface(artifact('@uniswap/v3-core', 'UniswapV3Pool').abi);
const SWAP_TOPIC = poolEvents.getEvent('Swap')?.topicHash;

/** In the year 2100. */
const DEADLINE = 4_102_444_800n;
