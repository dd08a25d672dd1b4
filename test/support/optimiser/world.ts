import type { Random } from '../fuzz/random.ts';

/**
 * A random market around one borrower who has just become liquidatable, in plain numbers: who lends what on
 * which terms, and which Uniswap V3 pools trade it. Played in memory or on the real contracts.
 */
export interface World {
  readonly tokens: readonly WorldToken[];
  /** Terms of an e-mode that the borrower is in, for the collateral listed. */
  readonly eMode?: {
    readonly thresholdBps: number;
    readonly bonusBps: number;
    readonly tokens: readonly number[];
  };
  readonly pools: readonly WorldPool[];
  /** By token, in whole US dollars at the token's price. */
  readonly collateralUsd: ReadonlyMap<number, number>;
  readonly debtUsd: ReadonlyMap<number, number>;
  readonly gasPriceGwei: number;
}

export interface WorldToken {
  readonly symbol: string;
  readonly decimals: number;
  readonly priceUsd: number;
  readonly thresholdBps: number;
  readonly bonusBps: number;
  readonly protocolFeeBps: number;
}

export interface WorldPool {
  readonly tokens: readonly [number, number];
  /** In hundredths of a bip. */
  readonly fee: 100 | 500 | 3000 | 10000;
  /** Of its price to that of the feeds. */
  readonly priceRatio: number;
  readonly positions: readonly WorldPosition[];
}

export interface WorldPosition {
  readonly usd: number;
  /** From the price to either end, in ticks; `undefined` for the whole range. */
  readonly halfWidth: number | undefined;
  /** Of its middle, in ticks. */
  readonly shift: number;
}

/** Reserve ids, and the token that all profit is in. */
export const WETH = 0;
const [WBTC, STETH, USDC, DAI] = [1, 2, 3, 4];

export const TICK_SPACING = { 100: 1, 500: 10, 3000: 60, 10000: 200 } as const;

export function randomWorld(random: Random): World {
  const tokens = randomTokens(random);
  const pair = randomPosition(random);
  const eMode = pair.isCorrelated ? randomEMode(random) : undefined;
  const collateralUsd = split(random, pair.collateral, randomSize(random));
  const healthFactor = random.chance(0.85) ? 0.95 + 0.05 * random.fraction() : 0.85 + 0.1 * random.fraction();
  const counted = [...collateralUsd].reduce(
    (sum, [id, usd]) => sum + usd * thresholdOf(tokens, eMode, id),
    0,
  );
  return {
    tokens,
    ...(eMode && { eMode }),
    pools: randomPools(random),
    collateralUsd,
    debtUsd: split(random, pair.debt, counted / 10_000 / healthFactor),
    gasPriceGwei: 10 ** (2.5 * random.fraction() - 0.5),
  };
}

function randomTokens(random: Random): readonly WorldToken[] {
  const ether = 1_500 + 3_000 * random.fraction();
  const token = (symbol: string, decimals: number, priceUsd: number): WorldToken => ({
    ...{ symbol, decimals, priceUsd },
    thresholdBps: random.integer(7_000, 8_600),
    bonusBps: random.integer(10_300, 11_000),
    protocolFeeBps: random.pick([0, 1_000, 1_000, 2_000]),
  });
  return [
    token('WETH', 18, ether),
    token('WBTC', 8, 40_000 + 80_000 * random.fraction()),
    token('stETH', 18, ether * (1 + 0.25 * random.fraction())),
    token('USDC', 6, 0.999 + 0.002 * random.fraction()),
    token('DAI', 18, 0.998 + 0.004 * random.fraction()),
  ];
}

interface Position {
  readonly collateral: readonly number[];
  readonly debt: readonly number[];
  /** In an e-mode whose price hardly moves: thin margins, small bonus. */
  readonly isCorrelated: boolean;
}

function randomPosition(random: Random): Position {
  if (random.chance(0.2)) return { collateral: [STETH], debt: [WETH], isCorrelated: true };
  if (random.chance(0.2))
    return { collateral: some(random, [USDC, DAI]), debt: some(random, [WETH, WBTC]), isCorrelated: false };
  return {
    collateral: some(random, [WETH, WBTC, STETH]),
    debt: some(random, [USDC, DAI]),
    isCorrelated: false,
  };
}

/** At least one of them, in any combination. */
function some(random: Random, ids: readonly [number, ...number[]]): readonly number[] {
  const picked = ids.filter(() => random.chance(0.6));
  return picked.length > 0 ? picked : [random.pick(ids)];
}

const randomEMode = (random: Random) => ({
  thresholdBps: random.integer(9_000, 9_650),
  bonusBps: random.integer(10_050, 10_300),
  tokens: [STETH],
});

/** Often around the limits of $1,000 and $2,000, up to whales. */
const randomSize = (random: Random): number =>
  random.chance(0.25) ? 1_200 + 6_000 * random.fraction() : 10 ** (3 + 4.3 * random.fraction());

function split(random: Random, ids: readonly number[], usd: number): ReadonlyMap<number, number> {
  const weights = ids.map(() => 0.02 + random.fraction() ** 2);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return new Map(ids.map((id, index) => [id, (usd * (weights[index] ?? 0)) / total]));
}

const thresholdOf = (tokens: readonly WorldToken[], eMode: World['eMode'], id: number): number =>
  eMode?.tokens.includes(id) ? eMode.thresholdBps : (tokens[id]?.thresholdBps ?? 0);

const PAIRS = [
  { tokens: [WETH, USDC], fees: [500, 3000] },
  { tokens: [WETH, DAI], fees: [3000, 500] },
  { tokens: [WBTC, WETH], fees: [500, 3000] },
  { tokens: [STETH, WETH], fees: [100, 500] },
  { tokens: [WBTC, USDC], fees: [3000, 10000] },
] as const;

/** Up to two pools for each pair; in some of them a tick is crossed at every step. */
function randomPools(random: Random): readonly WorldPool[] {
  return PAIRS.flatMap(({ tokens, fees }) =>
    fees
      .filter((_, index) => random.chance(index === 0 ? 0.92 : 0.4))
      .map((fee) => randomPool(random, tokens, fee)),
  );
}

function randomPool(random: Random, tokens: readonly [number, number], fee: WorldPool['fee']): WorldPool {
  const usd = 10 ** (5.3 + 3.2 * random.fraction());
  const [most, widest] = random.chance(0.3) ? [80, 1.5] : [8, 2.5];
  const narrow = Array.from({ length: random.integer(0, most) }, () => ({
    usd: (usd * random.fraction() * 8) / most,
    halfWidth: Math.ceil(10 ** (1 + widest * random.fraction())),
    shift: Math.round((random.fraction() - 0.5) * 800),
  }));
  return {
    ...{ tokens, fee },
    priceRatio: 1 + (random.fraction() - 0.5) * 0.01,
    positions: [{ usd, halfWidth: undefined, shift: 0 }, ...narrow],
  };
}
