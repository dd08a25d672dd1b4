import { getAddress, id as keccak256OfText } from 'ethers';
import type { Address, Hex } from '../../lib/hex.ts';
import type { TokenName } from '../../lib/ledger/fact.ts';

/** Who and what an invented past is about: everything has an address, and none of them exists. */

export const addressOf = (name: string): Address =>
  getAddress(`0x${keccak256OfText(`history ${name}`).slice(26)}`);

export const hashOf = (name: string): Hex => keccak256OfText(`history ${name}`);

export interface PastFeed {
  readonly symbol: string;
  readonly description: string;
  readonly aggregator: Address;
  readonly startUsd: number;
  /** Of the daily change, in a calm month. */
  readonly volatility: number;
  /** Borrowers that a fall of one percent opens, on average: most collateral is ether. */
  readonly opens: number;
  /** What falls with it: seized where it is debt's counterpart. */
  readonly collateral: readonly [TokenName, ...TokenName[]];
}

const token = (symbol: string, decimals: number): TokenName => ({
  address: addressOf(`token ${symbol}`),
  symbol,
  decimals,
});

export const WETH = token('WETH', 18);

const feed = (
  symbol: string,
  startUsd: number,
  volatility: number,
  opens: number,
  collateral: PastFeed['collateral'],
): PastFeed => ({
  ...{ symbol, startUsd, volatility, opens, collateral },
  description: `${symbol} / USD`,
  aggregator: addressOf(`feed ${symbol}`),
});

export const FEEDS: readonly [PastFeed, ...PastFeed[]] = [
  feed('ETH', 3_600, 0.032, 0.8, [WETH, token('wstETH', 18), token('weETH', 18)]),
  feed('BTC', 98_000, 0.024, 0.5, [token('WBTC', 8), token('cbBTC', 8)]),
  feed('LINK', 17, 0.045, 0.12, [token('LINK', 18)]),
  feed('AAVE', 210, 0.05, 0.1, [token('AAVE', 18)]),
];

export interface PastDebt extends TokenName {
  readonly weight: number;
}

export const DEBTS: readonly [PastDebt, ...PastDebt[]] = [
  { ...token('USDC', 6), weight: 5 },
  { ...token('USDT', 6), weight: 4 },
  { ...token('DAI', 18), weight: 1 },
];

export const TOKENS: readonly TokenName[] = [
  ...FEEDS.flatMap(({ collateral }) => collateral),
  ...DEBTS.map(({ weight: _, ...name }) => name),
];

export interface PastBuilder {
  readonly name: string;
  readonly feeRecipient: Address;
  /** Share of all blocks. */
  readonly weight: number;
  /** How often our bundle reaches it in time. */
  readonly reach: number;
}

const builder = (name: string, weight: number, reach: number): PastBuilder => ({
  ...{ name, weight, reach },
  feeRecipient: addressOf(`builder ${name}`),
});

export const BUILDERS: readonly [PastBuilder, ...PastBuilder[]] = [
  builder('titan', 0.46, 0.94),
  builder('buildernet', 0.27, 0.97),
  builder('quasar', 0.15, 0.9),
  builder('beaverbuild', 0.07, 0.86),
  builder('built locally', 0.05, 0),
];

export const RIVALS: readonly Address[] = [1, 2, 3, 4, 5].map((number) => addressOf(`rival ${number}`));
