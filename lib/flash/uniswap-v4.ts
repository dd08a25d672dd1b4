import { ZeroAddress } from 'ethers';
import type { Call } from '../call.ts';
import type { Chain, ContractRead } from '../chain.ts';
import { lateInterface } from '../ethereum/late-interface.ts';
import { decodeView, encodeView } from '../ethereum/view-codec.ts';
import { encodeSwapCallback } from '../executor.ts';
import type { Address } from '../hex.ts';
import { holdingOf } from './holdings.ts';
import type { CreditLine, FlashSource } from './source.ts';

export interface UniswapV4FlashOptions {
  readonly poolManager: Address;
  /** Takes the tokens, and gives them back before the manager locks again. */
  readonly executor: Address;
  /** Where given, the ether of all V4 pools is lent as WETH: the executor wraps and unwraps. */
  readonly ether?: { readonly weth: Address; readonly multicall3: Address };
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
  const { poolManager, ether } = options;
  const reads = tokens.map((token) => holdingOf(poolManager, token));
  const ofEther = ether && tokens.includes(ether.weth) ? [etherOf(ether.multicall3, poolManager)] : [];
  const [holdings, [ethers]] = await Promise.all([
    chain.readAll(reads, blockNumber),
    chain.readAll(ofEther, blockNumber),
  ]);
  return holdings.flatMap(({ token, amount }): readonly CreditLine[] => {
    const isEther = token === ether?.weth && ethers !== undefined && ethers > amount;
    const [available, currency] = isEther ? [ethers, ZeroAddress] : [amount, token];
    return available > 0n ? [lineOf(options, token, currency, available)] : [];
  });
}

const lineOf = (
  options: UniswapV4FlashOptions,
  token: Address,
  currency: Address,
  available: bigint,
): CreditLine => ({
  ...{ source: ID, token, available, gasUsed: FLASH_GAS, locks: options.poolManager },
  fee: () => 0n,
  encode: (borrowed, inner) => encode(options, currency, borrowed, inner),
});

/** Multicall3#getEthBalance: a call that can be batched with the others. */
const etherOf = (multicall3: Address, holder: Address): ContractRead<bigint> => ({
  target: multicall3,
  data: encodeView(abi, 'getEthBalance', [holder]),
  decode: (returned) => decodeView(abi, 'getEthBalance', returned)[0],
});

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

const abi = lateInterface([
  'function unlock(bytes data) returns (bytes)',
  'function take(address currency, address to, uint256 amount)',
  'function getEthBalance(address addr) view returns (uint256 balance)',
]);

/** On top of a liquidation from own inventory, as `npm run bench -- funding` measures it. */
const FLASH_GAS = 38_000n;
