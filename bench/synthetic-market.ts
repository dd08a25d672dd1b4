import { getAddress, toBeHex, zeroPadValue } from 'ethers';
import type { Address } from '../lib/hex.ts';
import { RAY } from '../lib/math/fixed-point.ts';
import type { Feed } from '../lib/oracles/feed.ts';
import type { KnownSource } from '../lib/oracles/known-source.ts';
import type { MarketState } from '../lib/protocols/aave-v3/read.ts';
import { rulesOf } from '../lib/protocols/aave-v3/revisions.ts';
import type { Reserve } from '../lib/protocols/aave-v3/state.ts';
import { DEBT, type Entry } from '../lib/watchlist/account-table.ts';
import type { Random } from '../test/support/fuzz/random.ts';

/** A market of mainnet's shape: 40 reserves on 30 feeds; ether, staked ethers, dollars, bitcoins, the rest. */

export const NOW_SECONDS = 1_760_075_000;
export const ETHER_FEED = addressOf(0xfeed00);
const RESERVES = 40;
const FEEDS = 30;

interface Kind {
  readonly priceBase8: bigint;
  readonly decimals: bigint;
  readonly threshold: bigint;
  readonly feed: number;
  /** Of the feed's answer, in 1e8. */
  readonly ratio: bigint;
}

const ether = (ratio: bigint): Kind => ({
  priceBase8: 4_200n,
  decimals: 18n,
  threshold: 8_100n,
  feed: 0,
  ratio,
});
const dollar = (feed: number, decimals: bigint): Kind => ({
  priceBase8: 1n,
  decimals,
  threshold: 7_800n,
  feed,
  ratio: 100_000_000n,
});
const bitcoin = (ratio: bigint): Kind => ({
  priceBase8: 120_000n,
  decimals: 8n,
  threshold: 7_800n,
  feed: 1,
  ratio,
});

const KINDS: readonly Kind[] = [
  ...[100_000_000n, 121_000_000n, 107_000_000n, 115_000_000n].map(ether),
  ...[100_000_000n, 100_000_000n].map(bitcoin),
  dollar(2, 6n),
  dollar(3, 6n),
  dollar(4, 18n),
  dollar(5, 18n),
];

const kindOf = (id: number): Kind =>
  KINDS[id] ?? {
    priceBase8: BigInt(1 + (id % (FEEDS - 6)) * 7),
    decimals: 18n,
    threshold: 6_500n,
    feed: 6 + (id % (FEEDS - 6)),
    ratio: 100_000_000n,
  };

export function marketState(): MarketState {
  const reserves = Array.from({ length: RESERVES }, (_, id) => reserveOf(id));
  const feeds = Array.from({ length: FEEDS }, (_, index) => feedOf(index));
  const byAddress = new Map(feeds.map((feed) => [feed.aggregator, feed]));
  return {
    blockNumber: 1,
    timestampSeconds: NOW_SECONDS,
    pool: {
      address: addressOf(0xaa7e),
      rules: rulesOf(10),
      reserves,
      eModeCategories: new Map([
        [
          1,
          {
            liquidationThreshold: 9_500n,
            liquidationBonus: 10_100n,
            collateralBitmap: 0b1111n,
            priceSource: undefined,
          },
        ],
        [
          2,
          {
            liquidationThreshold: 9_300n,
            liquidationBonus: 10_200n,
            collateralBitmap: 0b1111000000n,
            priceSource: undefined,
          },
        ],
      ]),
      sentinelAllowsLiquidation: undefined,
    },
    prices: {
      ...{ baseCurrency: addressOf(1), baseCurrencyUnit: 10n ** 8n, fallbackPrices: new Map() },
      sources: new Map(reserves.map(({ id, asset }) => [asset, sourceOf(id)])),
    },
    oracle: { feeds: byAddress, sources: new Map(), answerOf: (feed) => byAddress.get(feed)?.answer ?? 0n },
  };
}

/** 2 to 6 reserves; health factors from 1.01, half of them below 1.6, a tail beyond 5; loops in e-mode nearer. */
export function randomEntry(random: Random, row: number): Entry {
  const isLoop = random.chance(0.12);
  const collateral = distinct(random, random.integer(1, isLoop ? 1 : 3), isLoop ? 3 : RESERVES - 1);
  const debts = isLoop ? [0] : distinct(random, random.integer(1, 3), 9);
  const backingUsd = 10 ** (1.5 + 4.5 * random.fraction());
  const health = isLoop ? 1.006 + 0.12 * random.fraction() : 1.005 + 0.6 * -Math.log(1 - random.fraction());
  const threshold = isLoop ? 0.95 : mean(collateral.map((id) => Number(kindOf(id).threshold) / 10_000));
  const held = collateral.map((id) => ({ slot: id, amount: unitsOf(id, backingUsd / collateral.length) }));
  const owedUsd = (backingUsd * threshold) / health;
  const owed = debts.map((id) => ({ slot: id | DEBT, amount: unitsOf(id, owedUsd / debts.length) }));
  const holdings = [...held, ...owed].sort(
    (one, other) => (one.slot & 127) - (other.slot & 127) || one.slot - other.slot,
  );
  return { address: addressOfRow(row), group: isLoop ? 1 : 0, holdings };
}

/** As random as an address is; not checksummed, for a million checksums take seconds. */
function addressOfRow(row: number): Address {
  let hex = '0x';
  for (let word = 0, mixed = row + 1; word < 5; word++) {
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d + word) >>> 0;
    mixed = (mixed ^ (mixed >>> 15)) >>> 0;
    hex += (word === 4 ? row : mixed).toString(16).padStart(8, '0');
  }
  return hex;
}

function distinct(random: Random, count: number, last: number): readonly number[] {
  const ids = new Set<number>();
  // Most hold what most hold: ether and dollars.
  while (ids.size < count)
    ids.add(random.chance(0.75) ? random.integer(0, Math.min(9, last)) : random.integer(0, last));
  return [...ids];
}

/** Scaled units at an index of 1.1. */
function unitsOf(id: number, usd: number): bigint {
  const { priceBase8, ratio, decimals } = kindOf(id);
  const price = (Number(priceBase8) * Number(ratio)) / 1e8;
  return (BigInt(Math.floor((usd / price / 1.1) * 1e9)) * 10n ** decimals) / 10n ** 9n;
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const feedOf = (index: number): Feed => {
  const id = Array.from({ length: RESERVES }, (_, at) => at).find((at) => kindOf(at).feed === index) ?? 0;
  return {
    ...{ aggregator: addressOf(0xfeed00 + index), proxies: [], decimals: 8, description: `feed ${index}` },
    answer: kindOf(id).priceBase8 * 10n ** 8n,
  };
};

function sourceOf(id: number): KnownSource {
  const { feed, ratio } = kindOf(id);
  const aggregator = addressOf(0xfeed00 + feed);
  return {
    address: addressOf(0x5000 + id),
    kind: 'ratioCap',
    aggregators: [aggregator],
    latestAnswer: (of) => (of(aggregator) * ratio) / 10n ** 8n,
  };
}

function reserveOf(id: number): Reserve {
  const { decimals, threshold } = kindOf(id);
  return {
    ...{ id, asset: addressOf(0x100 + id), aToken: addressOf(0x200 + id) },
    ...{ variableDebtToken: addressOf(0x300 + id), stableDebtToken: addressOf(0x400 + id) },
    configuration: {
      ...{ liquidationThreshold: threshold, liquidationBonus: 10_500n, decimals },
      ...{ active: true, paused: false, liquidationProtocolFee: 1_000n, eModeCategory: 0 },
    },
    ...{ liquidityIndex: (RAY * 11n) / 10n, variableBorrowIndex: (RAY * 11n) / 10n },
    ...{ currentLiquidityRate: RAY / 40n, currentVariableBorrowRate: RAY / 25n },
    ...{ lastUpdateTimestamp: NOW_SECONDS, liquidationGracePeriodUntil: 0 },
    ...{ underlyingBalance: 10n ** 30n, virtualUnderlyingBalance: 10n ** 30n },
  };
}

function addressOf(n: number): Address {
  return getAddress(zeroPadValue(toBeHex(n), 20));
}
