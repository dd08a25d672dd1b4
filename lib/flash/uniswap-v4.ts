import { Interface } from 'ethers';
import type { Call } from '../call.ts';
import type { Chain } from '../chain.ts';
import { encodeSwapCallback } from '../executor.ts';
import type { Address } from '../hex.ts';
import { holdingOf } from './holdings.ts';
import type { CreditLine, FlashSource } from './source.ts';

export interface UniswapV4FlashOptions {
  readonly poolManager: Address;
  /** Takes the tokens, and gives them back before the manager locks again. */
  readonly executor: Address;
}

/**
 * The tokens of all V4 pools, for nothing, while the manager is unlocked. It unlocks for one at a time: no
 * `inner` may hold another call of it.
 * @uniswap/v4-core@1.0.2 src/PoolManager.sol#unlock, #take, #settle
 */
export function uniswapV4Flash(options: UniswapV4FlashOptions): FlashSource {
  return { id: ID, read: (chain, tokens, blockNumber) => read(options, chain, tokens, blockNumber) };
}

const ID = 'uniswap-v4';

async function read(
  options: UniswapV4FlashOptions,
  chain: Chain,
  tokens: readonly Address[],
  blockNumber: number,
): Promise<readonly CreditLine[]> {
  const reads = tokens.map((token) => holdingOf(options.poolManager, token));
  const holdings = await chain.readAll(reads, blockNumber);
  return holdings
    .filter(({ amount }) => amount > 0n)
    .map(({ token, amount }) => ({
      source: ID,
      token,
      available: amount,
      gasUsed: FLASH_GAS,
      locks: options.poolManager,
      fee: () => 0n,
      encode: (borrowed, inner) => encode(options, token, borrowed, inner),
    }));
}

function encode(
  { poolManager, executor }: UniswapV4FlashOptions,
  token: Address,
  borrowed: bigint,
  inner: readonly Call[],
): Call {
  const take: Call = {
    target: poolManager,
    data: abi.encodeFunctionData('take', [token, executor, borrowed]),
  };
  const data = abi.encodeFunctionData('unlock', [encodeSwapCallback(token, [take, ...inner])]);
  return { target: poolManager, data, callsBack: true };
}

const abi = new Interface([
  'function unlock(bytes data) returns (bytes)',
  'function take(address currency, address to, uint256 amount)',
]);

/** On top of a liquidation from own inventory, as `npm run bench -- funding` measures it. */
const FLASH_GAS = 38_000n;
