import type { Call } from '../call.ts';
import type { Chain } from '../chain.ts';
import { encodePairCallback } from '../executor.ts';
import type { Address } from '../hex.ts';
import { divUp } from '../math/fixed-point.ts';
import { tokenPairs } from '../venues/token-pairs.ts';
import { encodeSwap, getPair, getReserves } from '../venues/uniswap-v2/contract.ts';
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
  const pairs = tokenPairs([weth, ...tokens]).filter((pair) => pair.includes(weth));
  const found = await chain.readAll(
    pairs.map((pair) => getPair(factory, pair)),
    blockNumber,
  );
  const known = pairs.flatMap((sides, index) => {
    const pair = found[index];
    return pair === undefined ? [] : [{ pair, sides }];
  });
  const reserves = await chain.readAll(
    known.map(({ pair }) => getReserves(pair)),
    blockNumber,
  );
  const sides = known.flatMap(({ pair, sides: [token0, token1] }, index): readonly Reserve[] => {
    const [amount0, amount1] = reserves[index] ?? [0n, 0n];
    return [
      { pair, token: token0, isToken0: true, amount: amount0 },
      { pair, token: token1, isToken0: false, amount: amount1 },
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
  const out = isToken0 ? ([borrowed, 0n] as const) : ([0n, borrowed] as const);
  const data = encodePairCallback(token, borrowed + fee(borrowed), inner);
  return { target: pair, data: encodeSwap(out, executor, data), callsBack: true };
}

/** On top of a liquidation from own inventory, as `npm run bench -- funding` measures it. */
const FLASH_GAS = 36_000n;
