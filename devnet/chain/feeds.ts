import { Interface, solidityPacked } from 'ethers';
import type { Address } from '../../lib/hex.ts';
import type { Accounts } from './accounts.ts';
import type { Artifacts } from './compile.ts';
import type { FeedSymbol } from './prices.ts';
import type { Script } from './script.ts';
import { STAKED_ETHER_RATE, type TokenSymbol, type Tokens } from './tokens.ts';

export interface Feed {
  readonly symbol: FeedSymbol;
  readonly description: string;
  readonly proxy: Address;
  readonly aggregator: Address;
  readonly decimals: number;
}

export type Feeds = Readonly<Record<FeedSymbol, Feed>>;

/** So many oracles may be faulty: one more than these must sign a report. */
export const FAULTY_ORACLES = 10;

const DECIMALS = 8;
const MIN_ANSWER = 1n;
const MAX_ANSWER = 10n ** 15n;

const aggregatorInterface = new Interface([
  'function setConfig(address[] signers, address[] transmitters, uint8 f, bytes onchainConfig, uint64 offchainConfigVersion, bytes offchainConfig)',
]);

/** One aggregator and its proxy per symbol, with the same oracles; they have no answer yet. */
export function deployFeeds(script: Script, own: Artifacts, accounts: Accounts): Feeds {
  const deploy = (symbol: FeedSymbol) => deployFeed(script, own, accounts, symbol);
  return { ETH: deploy('ETH'), BTC: deploy('BTC'), USDC: deploy('USDC'), DAI: deploy('DAI') };
}

function deployFeed(script: Script, own: Artifacts, accounts: Accounts, symbol: FeedSymbol): Feed {
  const description = `${symbol} / USD`;
  const aggregator = script.deploy(own.get('Ocr2Aggregator'), [
    MIN_ANSWER,
    MAX_ANSWER,
    DECIMALS,
    description,
  ]);
  const signers = accounts.signers.map(({ address }) => address);
  const transmitters = accounts.transmitters.map(({ address }) => address);
  const onchainConfig = solidityPacked(['uint8', 'int192', 'int192'], [1, MIN_ANSWER, MAX_ANSWER]);
  const config = [signers, transmitters, FAULTY_ORACLES, onchainConfig, 2, '0x'];
  script.call(aggregator, aggregatorInterface, 'setConfig', config);
  const proxy = script.deploy(own.get('AggregatorProxy'), [aggregator]);
  return { symbol, description, proxy, aggregator, decimals: DECIMALS };
}

/** What Aave's oracle reads for each token. */
export type PriceSources = Readonly<Record<TokenSymbol, Address>>;

const SNAPSHOT_AGE_SECONDS = 14 * 86_400;
/** 2 basis points below today's ratio: what two weeks of staking yield a little more than. */
const SNAPSHOT_RATIO = (STAKED_ETHER_RATE * 9_998n) / 10_000n;
const MAX_YEARLY_GROWTH_BPS = 968;

/** @param timestampSeconds of a block that is already mined. */
export function deployPriceSources(
  script: Script,
  own: Artifacts,
  { tokens, feeds, timestampSeconds }: { tokens: Tokens; feeds: Feeds; timestampSeconds: number },
): PriceSources {
  const cap = [SNAPSHOT_RATIO, timestampSeconds - SNAPSHOT_AGE_SECONDS, MAX_YEARLY_GROWTH_BPS];
  const description = 'Capped stkETH / ETH / USD';
  const args = [feeds.ETH.proxy, tokens.stkETH.address, 18, description, cap];
  return {
    WETH: feeds.ETH.proxy,
    WBTC: feeds.BTC.proxy,
    USDC: feeds.USDC.proxy,
    DAI: feeds.DAI.proxy,
    stkETH: script.deploy(own.get('RatioPriceCapAdapter'), args),
  };
}
