import { ZeroAddress } from 'ethers';
import type { Call } from '../call.ts';
import type { Chain, ContractRead } from '../chain.ts';
import { lateInterface } from '../ethereum/late-interface.ts';
import { decodeView, encodeView } from '../ethereum/view-codec.ts';
import { encodePairCallback } from '../executor.ts';
import type { Address } from '../hex.ts';
import { divUp } from '../math/fixed-point.ts';
import type { CreditLine, FlashSource } from './source.ts';

export interface UniswapV2FlashOptions {
  readonly factory: Address;
  /** Borrows, is called back, and pays the pair within the callback. */
  readonly executor: Address;
  /** Every token is borrowed from its pair with this one, which is borrowed from its deepest pair. */
  readonly weth: Address;
}

/**
 * A pair's flash-swap that is paid back in the token that it lent: dear, and there where nobody else lends.
 * @uniswap/v2-core@1.0.1 contracts/UniswapV2Pair.sol#swap, its check named K
 */
export function uniswapV2Flash(options: UniswapV2FlashOptions): FlashSource {
  return { id: ID, read: (chain, tokens, blockNumber) => read(options, chain, tokens, blockNumber) };
}

const ID = 'uniswap-v2';

interface Reserve {
  readonly pair: Address;
  readonly token: Address;
  readonly isToken0: boolean;
  readonly amount: bigint;
}

async function read(
  { factory, executor, weth }: UniswapV2FlashOptions,
  chain: Chain,
  tokens: readonly Address[],
  blockNumber: number,
): Promise<readonly CreditLine[]> {
  const others = [...new Set(tokens)].filter((token) => token !== weth);
  const found = await chain.readAll(
    others.map((token) => getPair(factory, weth, token)),
    blockNumber,
  );
  const pairs = others.flatMap((token, index) => {
    const pair = found[index];
    return pair === undefined ? [] : [{ pair, token }];
  });
  const reserves = await chain.readAll(
    pairs.map(({ pair }) => getReserves(pair)),
    blockNumber,
  );
  const sides = pairs.flatMap(({ pair, token }, index): readonly Reserve[] => {
    // As the factory sorts them: by address.
    const ofWeth = BigInt(weth) < BigInt(token) ? 0 : 1;
    const [amounts, other] = [reserves[index] ?? [0n, 0n], ofWeth === 0 ? 1 : 0] as const;
    return [
      { pair, token: weth, isToken0: ofWeth === 0, amount: amounts[ofWeth] },
      { pair, token, isToken0: other === 0, amount: amounts[other] },
    ];
  });
  return tokens.flatMap((token) =>
    deepest(sides.filter((side) => side.token === token)).map(lineAt(executor)),
  );
}

const deepest = (sides: readonly Reserve[]): readonly Reserve[] =>
  [...sides]
    .sort((a, b) => (a.amount > b.amount ? -1 : 1))
    .slice(0, 1)
    .filter(({ amount }) => amount > 1n);

const lineAt =
  (executor: Address) =>
  ({ pair, token, isToken0, amount }: Reserve): CreditLine => ({
    ...{ source: ID, token, gasUsed: FLASH_GAS, locks: pair, fee },
    // It never gives all that it has.
    available: amount - 1n,
    encode: (borrowed, inner) => encode(pair, executor, token, isToken0, borrowed, inner),
  });

/** 0.3 % of what is paid back, rounded up as K asks for it. */
const fee = (borrowed: bigint): bigint => divUp(borrowed * 1_000n, 997n) - borrowed;

function encode(
  pair: Address,
  executor: Address,
  token: Address,
  isToken0: boolean,
  borrowed: bigint,
  inner: readonly Call[],
): Call {
  const out = isToken0 ? [borrowed, 0n] : [0n, borrowed];
  const args = [...out, executor, encodePairCallback(token, borrowed + fee(borrowed), inner)];
  return { target: pair, data: abi.encodeFunctionData('swap', args), callsBack: true };
}

/** On top of a liquidation from own inventory, as `npm run bench -- funding` measures it. */
const FLASH_GAS = 93_000n;

/** @uniswap/v2-core@1.0.1 contracts/interfaces/{IUniswapV2Factory,IUniswapV2Pair}.sol */
const abi = lateInterface([
  'function getPair(address tokenA, address tokenB) view returns (address)',
  'function getReserves() view returns (uint112 reserve0, uint112 reserve1, uint32 blockTimestampLast)',
  'function swap(uint256 amount0Out, uint256 amount1Out, address to, bytes data)',
]);

/** `undefined` where there is no such pair. */
function getPair(factory: Address, weth: Address, token: Address): ContractRead<Address | undefined> {
  return {
    target: factory,
    data: encodeView(abi, 'getPair', [weth, token]),
    decode: (returned) => {
      const pair: Address = decodeView(abi, 'getPair', returned)[0];
      return pair === ZeroAddress ? undefined : pair;
    },
  };
}

function getReserves(pair: Address): ContractRead<readonly [bigint, bigint]> {
  return {
    target: pair,
    data: encodeView(abi, 'getReserves'),
    decode: (returned) => {
      const [reserve0, reserve1] = decodeView(abi, 'getReserves', returned);
      return [reserve0, reserve1];
    },
  };
}
