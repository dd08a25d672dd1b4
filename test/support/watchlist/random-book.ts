import { getAddress, toBeHex, zeroPadValue } from 'ethers';
import type { Address } from '../../../lib/hex.ts';
import { RAY } from '../../../lib/math/fixed-point.ts';
import type { Feed } from '../../../lib/oracles/feed.ts';
import type { KnownSource } from '../../../lib/oracles/known-source.ts';
import { calculateUserAccountData } from '../../../lib/protocols/aave-v3/account.ts';
import { marketAt } from '../../../lib/protocols/aave-v3/accrual.ts';
import { priceOf } from '../../../lib/protocols/aave-v3/prices.ts';
import type { MarketState, Snapshot } from '../../../lib/protocols/aave-v3/read.ts';
import { rulesOf } from '../../../lib/protocols/aave-v3/revisions.ts';
import type {
  Account,
  EModeCategory,
  Pool,
  Reserve,
  StableDebt,
} from '../../../lib/protocols/aave-v3/state.ts';
import type { Random } from '../fuzz/random.ts';

/** Markets of every revision with several feeds, e-modes, sources that share a feed or cap it, and holders. */

const NOW = 1_760_000_000;
const addressOf = (n: number): Address => getAddress(zeroPadValue(toBeHex(n), 20));
const feedAddress = (index: number): Address => addressOf(0xfeed00 + index);

export function randomBook(random: Random): Snapshot {
  const state = randomState(random, random.integer(1, 11), random.integer(2, 8));
  const accounts = Array.from({ length: random.integer(1, 24) }, (_, index) =>
    randomAccount(random, state, addressOf(0xb0_0000 + index)),
  );
  return { ...state, accounts };
}

/** Time passes, prices move, governance acts: by little or by much. */
export function driftedState(random: Random, state: MarketState): MarketState {
  const { pool } = state;
  const scale = random.pick([1e-5, 1e-3, 0.05]);
  const nudge = (value: bigint) => scaled(value, 1 + scale * (2 * random.fraction() - 1));
  const seconds = random.pick([12, 3_600, 86_400 * 30]);
  const reserves = pool.reserves.map((reserve) =>
    reserve && random.chance(0.3) ? reconfigured(random, reserve, scale) : reserve,
  );
  const feeds = [...state.oracle.feeds.values()].map((feed) => ({
    ...feed,
    answer: random.chance(0.5) ? nudge(feed.answer) : feed.answer,
  }));
  const categories = [...pool.eModeCategories].map(
    ([id, category]) =>
      [
        id,
        random.chance(0.2) ? randomCategory(random, pool.rules.eMode, reserves.length) : category,
      ] as const,
  );
  const sources = [...state.prices.sources].map(
    ([asset, source]) => [asset, random.chance(0.05) ? randomSource(random, feeds.length) : source] as const,
  );
  return {
    ...withFeeds(state, feeds),
    prices: { ...state.prices, sources: new Map(sources) },
    blockNumber: state.blockNumber + 1,
    timestampSeconds: state.timestampSeconds + seconds,
    pool: { ...pool, reserves, eModeCategories: new Map(categories) },
  };
}

export function randomAccount(random: Random, state: MarketState, address: Address): Account {
  const { pool, timestampSeconds } = state;
  const ids = pool.reserves.flatMap((reserve) => reserve?.id ?? []);
  const some = () =>
    new Set(Array.from({ length: random.integer(1, 3) }, () => random.pick(ids as [number])));
  const amount = () => random.amount(random.integer(1, 6), 26);
  const collateral = new Map([...some()].map((id) => [id, amount()]));
  const debts = new Map([...some()].map((id) => [id, random.chance(0.05) ? 0n : amount()]));
  const isStable = pool.rules.stableDebt && random.chance(0.15);
  const stable: StableDebt = {
    principal: amount(),
    rateRay: RAY / 20n,
    lastUpdateTimestamp: timestampSeconds - random.integer(0, 10_000_000),
  };
  const account = {
    address,
    userConfiguration: flags([...debts.keys()], 0) | flags([...collateral.keys()], 1),
    eModeCategory: random.chance(0.4) ? random.integer(1, 2) : 0,
    scaledATokenBalances: collateral,
    scaledVariableDebts: debts,
    stableDebts: isStable ? new Map([...debts.keys()].slice(0, 1).map((id) => [id, stable])) : new Map(),
  };
  return random.chance(0.8) ? nearTheEdge(random, state, account) : account;
}

export const marketNow = ({ pool, prices, oracle, timestampSeconds }: MarketState) =>
  marketAt(pool, timestampSeconds, priceOf(prices, oracle.answerOf, timestampSeconds));

/** With its variable debts scaled so that its health factor is near 1. */
function nearTheEdge(random: Random, state: MarketState, account: Account): Account {
  const data = calculateUserAccountData(marketNow(state), account);
  if (!data?.healthFactorWad) return account;
  const factor =
    (Number(data.healthFactorWad) / 1e18) *
    (1 + random.pick([1e-9, 1e-4, 0.02, 0.4]) * (2 * random.fraction() - 1));
  const fits = (amount: bigint) => (amount < 2n ** 120n ? amount : 2n ** 120n);
  const debts = [...account.scaledVariableDebts].map(
    ([id, debt]) => [id, fits(scaled(debt, factor))] as const,
  );
  return { ...account, scaledVariableDebts: new Map(debts) };
}

function randomState(random: Random, revision: number, size: number): MarketState {
  const rules = rulesOf(revision);
  const reserves = Array.from({ length: size }, (_, id) =>
    id > 0 && random.chance(0.05) ? undefined : randomReserve(random, id),
  );
  const categories = [1, 2].map((id) => [id, randomCategory(random, rules.eMode, size)] as const);
  const pool: Pool = {
    address: addressOf(0xaa7e),
    rules,
    reserves,
    eModeCategories: new Map(random.chance(0.8) ? categories : []),
    sentinelAllowsLiquidation: undefined,
  };
  const feeds = Array.from({ length: random.integer(1, 4) }, (_, index) =>
    feedOf(index, random.amount(7, 14)),
  );
  const priced = [...reserves.flatMap((reserve) => reserve?.asset ?? []), addressOf(0xe0de)];
  const sources = priced.flatMap((asset) =>
    random.chance(0.03) ? [] : [[asset, randomSource(random, feeds.length)] as const],
  );
  const state: MarketState = {
    blockNumber: 1,
    timestampSeconds: NOW,
    pool,
    prices: {
      baseCurrency: addressOf(1),
      baseCurrencyUnit: 10n ** 8n,
      sources: new Map(sources),
      fallbackPrices: new Map(),
    },
    oracle: { feeds: new Map(), sources: new Map(), answerOf: () => 0n },
  };
  return withFeeds(state, feeds);
}

function withFeeds(state: MarketState, feeds: readonly Feed[]): MarketState {
  const byAddress = new Map(feeds.map((feed) => [feed.aggregator, feed]));
  const answerOf = (aggregator: Address) => byAddress.get(aggregator)?.answer ?? 0n;
  return { ...state, oracle: { ...state.oracle, feeds: byAddress, answerOf } };
}

const feedOf = (index: number, answer: bigint): Feed => ({
  ...{ aggregator: feedAddress(index), proxies: [], decimals: 8, description: `feed ${index}`, answer },
});

/** A feed as it is, times a ratio, up to a cap, times another feed, less time, or no feed at all. */
function randomSource(random: Random, feeds: number): KnownSource {
  const [one, other] = [feedAddress(random.integer(0, feeds - 1)), feedAddress(random.integer(0, feeds - 1))];
  const ratio = random.amount(7, 10);
  const cap = random.amount(8, 14);
  const kind = random.pick(['plain', 'ratio', 'cap', 'product', 'discount', 'fixed']);
  return {
    ...{ address: addressOf(0x50), kind },
    aggregators: kind === 'fixed' ? [] : kind === 'product' ? [...new Set([one, other])] : [one],
    latestAnswer(answerOf, timestampSeconds) {
      const answer = answerOf(one);
      switch (kind) {
        case 'ratio':
          return (answer * ratio) / 10n ** 8n;
        case 'cap':
          return answer > cap ? cap : answer;
        case 'product':
          return (answer * answerOf(other)) / 10n ** 8n;
        case 'discount':
          return (answer * (10n ** 9n + BigInt(timestampSeconds - NOW))) / 10n ** 9n;
        case 'fixed':
          return cap;
        default:
          return answer;
      }
    },
  };
}

function randomReserve(random: Random, id: number): Reserve {
  const index = () => RAY + random.amount(20, 27);
  return {
    id,
    ...{ asset: addressOf(0x100 + id), aToken: addressOf(0x200 + id) },
    ...{ variableDebtToken: addressOf(0x300 + id), stableDebtToken: addressOf(0x400 + id) },
    configuration: {
      liquidationThreshold: randomThreshold(random),
      liquidationBonus: 10_500n,
      decimals: BigInt(random.pick([0, 2, 6, 8, 18])),
      ...{ active: true, paused: false, liquidationProtocolFee: 1_000n },
      eModeCategory: random.integer(0, 2),
    },
    liquidityIndex: index(),
    variableBorrowIndex: index(),
    currentLiquidityRate: random.amount(20, 26),
    currentVariableBorrowRate: random.amount(20, 26),
    lastUpdateTimestamp: NOW - random.integer(0, 1_000_000),
    liquidationGracePeriodUntil: 0,
    underlyingBalance: 10n ** 30n,
    virtualUnderlyingBalance: 10n ** 30n,
  };
}

const reconfigured = (random: Random, reserve: Reserve, scale: number): Reserve => ({
  ...reserve,
  variableBorrowIndex: scaled(reserve.variableBorrowIndex, 1 + scale * random.fraction()),
  configuration: random.chance(0.3)
    ? { ...reserve.configuration, liquidationThreshold: randomThreshold(random) }
    : reserve.configuration,
});

function randomCategory(random: Random, eMode: 'assetCategory' | 'liquid', size: number): EModeCategory {
  const isLiquid = eMode === 'liquid';
  return {
    liquidationThreshold: randomThreshold(random),
    liquidationBonus: 10_100n,
    collateralBitmap: isLiquid ? BigInt(random.integer(0, 2 ** size - 1)) : 0n,
    priceSource: !isLiquid && random.chance(0.3) ? addressOf(0xe0de) : undefined,
  };
}

const randomThreshold = (random: Random): bigint =>
  random.chance(0.1) ? 0n : random.chance(0.1) ? 1n : BigInt(random.integer(3_000, 9_700));

const flags = (ids: readonly number[], bit: number): bigint =>
  ids.reduce((bits, id) => bits | (1n << BigInt(2 * id + bit)), 0n);

const scaled = (value: bigint, factor: number): bigint =>
  (value * BigInt(Math.round(Math.min(factor, 1e5) * 1e10))) / 10n ** 10n;
