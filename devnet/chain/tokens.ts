import { Interface } from 'ethers';
import type { Address } from '../../lib/hex.ts';
import { artifact } from './artifact.ts';
import type { Artifacts } from './compile.ts';
import type { FeedSymbol, Prices } from './prices.ts';
import type { Script } from './script.ts';

export const TOKEN_SYMBOLS = ['WETH', 'WBTC', 'USDC', 'DAI', 'stkETH'] as const;
export type TokenSymbol = (typeof TOKEN_SYMBOLS)[number];

export interface TokenInfo {
  readonly symbol: TokenSymbol;
  readonly address: Address;
  readonly decimals: number;
}

export type Tokens = Readonly<Record<TokenSymbol, TokenInfo>>;

/** Wei of ether that one whole stkETH is worth at the start. */
export const STAKED_ETHER_RATE = 1_216500000000000000n;

export const FEED_OF_TOKEN: Readonly<Record<TokenSymbol, FeedSymbol>> = {
  ...{ WETH: 'ETH', stkETH: 'ETH', WBTC: 'BTC' },
  ...{ USDC: 'USDC', DAI: 'DAI' },
};

export const tokenInterface = new Interface([
  'function mint(address to, uint256 value)',
  'function approve(address spender, uint256 value) returns (bool)',
  'function transfer(address to, uint256 value) returns (bool)',
  'function balanceOf(address account) view returns (uint256)',
  'function deposit() payable',
]);

export function deployTokens(script: Script, own: Artifacts): Tokens {
  const mintable = (name: string, symbol: TokenSymbol, decimals: number): TokenInfo => {
    const address = script.deploy(own.get('MintableToken'), [name, symbol, decimals]);
    return { symbol, address, decimals };
  };
  const weth = script.deploy(artifact('canonical-weth', 'WETH9'));
  return {
    WETH: { symbol: 'WETH', address: weth, decimals: 18 },
    WBTC: mintable('Wrapped BTC', 'WBTC', 8),
    USDC: mintable('USD Coin', 'USDC', 6),
    DAI: mintable('Dai Stablecoin', 'DAI', 18),
    stkETH: {
      symbol: 'stkETH',
      address: script.deploy(own.get('StakedEther'), [STAKED_ETHER_RATE]),
      decimals: 18,
    },
  };
}

/** Gives `account` that much of a token; wrapped ether out of its own ether. */
export function acquire(script: Script, token: TokenInfo, account: Address, amount: bigint): void {
  if (token.symbol === 'WETH')
    script.call(token.address, tokenInterface, 'deposit', [], { from: account, value: amount });
  else script.call(token.address, tokenInterface, 'mint', [account, amount], { from: account });
}

/** USD of one whole token, 8 decimals, rounded down; the cap on stkETH's ratio does not bind. */
export function priceOf(symbol: TokenSymbol, prices: Prices): bigint {
  const price = prices[FEED_OF_TOKEN[symbol]];
  return symbol === 'stkETH' ? (price * STAKED_ETHER_RATE) / 10n ** 18n : price;
}

/** Raw units of a token that are worth so many whole US dollars, rounded down. */
export function amountOf(token: TokenInfo, usd: number, prices: Prices): bigint {
  const usdBase8 = BigInt(Math.round(usd * 1e8));
  return (usdBase8 * 10n ** BigInt(token.decimals)) / priceOf(token.symbol, prices);
}
