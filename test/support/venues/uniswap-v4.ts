import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Interface, ZeroAddress } from 'ethers';
import * as v from 'valibot';
import { type Artifact, packageDirectory } from '../../../devnet/chain/artifact.ts';
import type { Receipt } from '../../../lib/chain.ts';
import { ContractError } from '../../../lib/errors.ts';
import { MAX_SQRT_RATIO, MIN_SQRT_RATIO } from '../../../lib/venues/concentrated-liquidity/tick-math.ts';
import { type Deployed, type Evm, startEvm } from '../evm.ts';
import type { Swap } from '../fuzz/random-swap.ts';
import type { SwapEvent, TickRange } from '../fuzz/tick-pools.ts';
import { deployTokens } from './tokens.ts';

/** The manager of mainnet and the routers of its own tests, as the package ships them, around two tokens. */
export interface UniswapV4Market {
  readonly evm: Evm;
  readonly manager: Deployed;
  readonly swapRouter: Deployed;
  readonly liquidityRouter: Deployed;
  /** In the pool's order; the zero address is ether. */
  readonly tokens: readonly [Pick<Deployed, 'address'>, Deployed];
}

export async function startUniswapV4(): Promise<UniswapV4Market> {
  const evm = await startEvm();
  const contracts = await deployManager(evm);
  const tokens = await deployTokens(evm, [contracts.swapRouter, contracts.liquidityRouter]);
  return { ...contracts, tokens };
}

export async function deployManager(evm: Evm): Promise<Omit<UniswapV4Market, 'tokens'>> {
  const manager = await evm.deploy(forgeArtifact('PoolManager'), [evm.account]);
  const onManager = (name: string) => evm.deploy(forgeArtifact(name), [manager.address]);
  const swapRouter = await onManager('SwapRouterNoChecks');
  const liquidityRouter = await onManager('PoolModifyLiquidityTestNoChecks');
  await evm.run(manager, 'setProtocolFeeController', [evm.account]);
  return { evm, manager, swapRouter, liquidityRouter };
}

export interface PoolTerms {
  readonly fee: number;
  readonly tickSpacing: number;
  /** Taken of the input by the protocol, for zeroForOne and for the other direction; at most 1,000. */
  readonly protocolFees: readonly [number, number];
}

export async function createPool(
  market: UniswapV4Market,
  terms: PoolTerms,
  sqrtPriceX96: bigint,
): Promise<void> {
  const { evm, manager } = market;
  const [zeroForOne, oneForZero] = terms.protocolFees;
  await evm.run(manager, 'initialize', [key(market, terms), sqrtPriceX96]);
  await evm.run(manager, 'setProtocolFee', [key(market, terms), zeroForOne | (oneForZero << 12)]);
}

/** Queues it: it may fail, where it would be too much for a tick. */
export async function addPosition(
  market: UniswapV4Market,
  terms: PoolTerms,
  { tickLower, tickUpper }: TickRange,
  liquidity: bigint,
): Promise<void> {
  const params = [tickLower, tickUpper, liquidity, SALT];
  await market.evm.send(market.liquidityRouter, MODIFY_LIQUIDITY, [key(market, terms), params, '0x']);
}

/** Queues it. */
export async function sendSwap(market: UniswapV4Market, terms: PoolTerms, swap: Swap): Promise<void> {
  const zeroForOne = swap.tokenIn === market.tokens[0].address;
  const limit = zeroForOne ? MIN_SQRT_RATIO + 1n : MAX_SQRT_RATIO - 1n;
  const amountSpecified = swap.kind === 'exactIn' ? -swap.amount : swap.amount;
  const params = [zeroForOne, amountSpecified, limit];
  await market.evm.send(market.swapRouter, 'swap', [key(market, terms), params]);
}

/** The manager announces amounts from the swapper's side. */
export function swapEvent({ logs }: Receipt): SwapEvent {
  const log = logs.find((one) => one.topics[0] === SWAP_TOPIC);
  if (log === undefined)
    throw new ContractError('A swap that was expected to succeed emitted no Swap event.');
  const { amount0, amount1, sqrtPriceX96, liquidity, tick } = managerEvents.decodeEventLog('Swap', log.data, [
    ...log.topics,
  ]);
  return {
    amount0: -BigInt(amount0),
    amount1: -BigInt(amount1),
    sqrtPriceX96,
    liquidity,
    tick: Number(tick),
  };
}

function key({ tokens }: UniswapV4Market, { fee, tickSpacing }: PoolTerms): readonly unknown[] {
  return [tokens[0].address, tokens[1].address, fee, tickSpacing, ZeroAddress];
}

const SALT = `0x${'0'.repeat(64)}`;
const MODIFY_LIQUIDITY =
  'modifyLiquidity((address,address,uint24,int24,address),(int24,int24,int256,bytes32),bytes)';

/** The package ships what forge wrote: one folder a source file, the bytecode one level deeper. */
export function forgeArtifact(name: string): Artifact {
  const file = join(packageDirectory('@uniswap/v4-core'), 'out', `${name}.sol`, `${name}.json`);
  const { abi, bytecode } = v.parse(ForgeArtifact, JSON.parse(readFileSync(file, 'utf8')));
  return { abi, bytecode: bytecode.object, linkReferences: {} };
}

const ForgeArtifact = v.object({
  abi: v.custom<Artifact['abi']>(Array.isArray),
  bytecode: v.object({ object: v.string() }),
});

const managerEvents = new Interface(forgeArtifact('PoolManager').abi);
const SWAP_TOPIC = managerEvents.getEvent('Swap')?.topicHash;
