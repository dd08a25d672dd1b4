import { getCreate2Address, Interface, keccak256, solidityPackedKeccak256 } from 'ethers';
import type { Address } from '../../lib/hex.ts';
import { artifact } from './artifact.ts';
import { START_PRICES } from './prices.ts';
import type { Script } from './script.ts';
import { acquire, amountOf, type TokenSymbol, type Tokens, tokenInterface } from './tokens.ts';

export interface UniswapPair {
  readonly address: Address;
  readonly token0: TokenSymbol;
  readonly token1: TokenSymbol;
}

/** Beside the deep pools of V3: worth a share of what is too large for one of them. */
const PAIRS: readonly { readonly pair: readonly [TokenSymbol, TokenSymbol]; readonly usd: number }[] = [
  { pair: ['WETH', 'USDC'], usd: 8_000_000 },
  { pair: ['WETH', 'DAI'], usd: 6_000_000 },
];

export const pairInterface = new Interface([
  'function getReserves() view returns (uint112 reserve0, uint112 reserve1, uint32)',
  'function mint(address to) returns (uint256)',
  'function swap(uint256 amount0Out, uint256 amount1Out, address to, bytes data)',
]);
const factoryInterface = new Interface(['function createPair(address tokenA, address tokenB)']);

/** The factory of mainnet, as `@uniswap/v2-core` ships it. */
export const deployUniswapV2 = (script: Script): Address =>
  script.deploy(artifact('@uniswap/v2-core', 'UniswapV2Factory'), [script.deployer]);

/** Creates every pair at the first prices of the feeds and fills it out of `supplier`'s pocket. */
export function createPairs(
  script: Script,
  factory: Address,
  tokens: Tokens,
  supplier: Address,
): UniswapPair[] {
  return PAIRS.map(({ pair, usd }) => {
    const [token0, token1] = sorted(tokens, pair);
    const address = pairAddress(factory, tokens[token0].address, tokens[token1].address);
    const from = { from: supplier };
    script.call(factory, factoryInterface, 'createPair', pairAddresses(tokens, pair), from);
    for (const symbol of [token0, token1]) {
      const amount = amountOf(tokens[symbol], usd / 2, START_PRICES);
      acquire(script, tokens[symbol], supplier, amount);
      script.call(tokens[symbol].address, tokenInterface, 'transfer', [address, amount], from);
    }
    script.call(address, pairInterface, 'mint', [supplier], from);
    return { address, token0, token1 };
  });
}

type Pair = readonly [TokenSymbol, TokenSymbol];

/** The lower address first, as Uniswap sorts them. */
export const sorted = (tokens: Tokens, [a, b]: Pair): Pair =>
  BigInt(tokens[a].address) < BigInt(tokens[b].address) ? [a, b] : [b, a];

const pairAddresses = (tokens: Tokens, pair: Pair): readonly Address[] =>
  pair.map((symbol) => tokens[symbol].address);

function pairAddress(factory: Address, token0: Address, token1: Address): Address {
  const salt = solidityPackedKeccak256(['address', 'address'], [token0, token1]);
  const { bytecode } = artifact('@uniswap/v2-core', 'UniswapV2Pair');
  return getCreate2Address(factory, salt, keccak256(bytecode.startsWith('0x') ? bytecode : `0x${bytecode}`));
}
