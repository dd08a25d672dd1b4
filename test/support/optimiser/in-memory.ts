import { getAddress, toBeHex, zeroPadValue } from 'ethers';
import type { CreditLine } from '../../../lib/flash/source.ts';
import type { Address } from '../../../lib/hex.ts';
import { RAY } from '../../../lib/math/fixed-point.ts';
import { type Market, marketAt } from '../../../lib/protocols/aave-v3/accrual.ts';
import { executeLiquidationCall } from '../../../lib/protocols/aave-v3/liquidation.ts';
import { accountAfter, marketAfter } from '../../../lib/protocols/aave-v3/liquidation-after.ts';
import { rulesOf } from '../../../lib/protocols/aave-v3/revisions.ts';
import type { Account, Reserve } from '../../../lib/protocols/aave-v3/state.ts';
import { LiquidityCurve } from '../../../lib/venues/concentrated-liquidity/liquidity-curve.ts';
import { getTickAtSqrtRatio } from '../../../lib/venues/concentrated-liquidity/tick-math.ts';
import {
  REACH_TICKS,
  tickWindow,
  wordsAround,
} from '../../../lib/venues/concentrated-liquidity/tick-window.ts';
import { UniswapV3Pool } from '../../../lib/venues/uniswap-v3/pool.ts';
import {
  amountOf,
  gasPriceWeiOf,
  pairsOf,
  priceBase8,
  rangeOf,
  rawPrice,
  sqrtPriceX96Of,
} from './amounts.ts';
import type { Arena, PairCall, Played } from './brute-force.ts';
import { TICK_SPACING, type World, type WorldPool, type WorldToken } from './world.ts';

/** A world in the exact models of Aave V3.6 and of Uniswap V3 pools. */
export interface InMemory extends Arena {
  readonly aavePool: Address;
  readonly market: Market;
  readonly account: Account;
}

const REVISION = 10;
const BORROWER = address(0xb0);
const EXECUTOR = address(0xe0);
const AAVE_POOL = address(0xaa7e);
const PLENTY = 10n ** 36n;

export function inMemory(world: World): InMemory {
  const tokens = world.tokens.map((_, id) => address(0x100 + id));
  const market = marketOf(world, tokens);
  const account = accountOf(world);
  return {
    ...{ tokens, market, account, aavePool: AAVE_POOL, pairs: pairsOf(world) },
    debtOf: (id) => account.scaledVariableDebts.get(id) ?? 0n,
    play: player(market, account),
    pools: world.pools.map((pool, index) => poolOf(pool, world, tokens, address(0x500 + index))),
    lines: tokens.map((token) => lender(token)),
    gasPriceWei: gasPriceWeiOf(world),
  };
}

interface State {
  readonly market: Market;
  readonly account: Account;
  readonly done: readonly Played[];
}

/** Remembers the state after each first call, of which many second ones are tried. */
function player(market: Market, account: Account): Arena['play'] {
  const start = { market, account, done: [] };
  const firsts = new Map<string, State | undefined>();
  return async ([first, ...rest]) => {
    if (first === undefined) return [];
    const key = `${first.debtId} ${first.collateralId} ${first.amount}`;
    if (!firsts.has(key)) firsts.set(key, after(start, first));
    return rest.reduce((state, call) => state && after(state, call), firsts.get(key))?.done;
  };
}

function after(state: State, { amount, ...pair }: PairCall): State | undefined {
  const call = { ...pair, debtToCover: amount, receiveAToken: false, liquidator: EXECUTOR };
  const done = executeLiquidationCall(state.market, state.account, call);
  if (!done.executed) return undefined;
  const { actualDebtToLiquidate: repaid, actualCollateralToLiquidate: seized } = done;
  return {
    market: marketAfter(state.market, call, done),
    account: accountAfter(state.account, call, done),
    done: [...state.done, { repaid, seized }],
  };
}

function marketOf(world: World, tokens: readonly Address[]): Market {
  const { eMode } = world;
  const categories = eMode && {
    liquidationThreshold: BigInt(eMode.thresholdBps),
    liquidationBonus: BigInt(eMode.bonusBps),
    collateralBitmap: bits(eMode.tokens),
    priceSource: undefined,
  };
  const pool = {
    address: AAVE_POOL,
    rules: rulesOf(REVISION),
    reserves: world.tokens.map((token, id) => reserveOf(token, id, tokens[id] ?? '')),
    eModeCategories: new Map(categories ? [[1, categories]] : []),
    sentinelAllowsLiquidation: undefined,
  };
  const prices = new Map(tokens.map((token, id) => [token, world.tokens[id]]));
  return marketAt(pool, 0, (asset) => {
    const token = prices.get(asset);
    return token && priceBase8(token);
  });
}

function reserveOf(token: WorldToken, id: number, asset: Address): Reserve {
  return {
    ...{ id, asset, aToken: address(0x200 + id), variableDebtToken: address(0x300 + id) },
    stableDebtToken: address(0),
    configuration: {
      liquidationThreshold: BigInt(token.thresholdBps),
      liquidationBonus: BigInt(token.bonusBps),
      decimals: BigInt(token.decimals),
      active: true,
      paused: false,
      liquidationProtocolFee: BigInt(token.protocolFeeBps),
      eModeCategory: 0,
    },
    ...{ liquidityIndex: RAY, variableBorrowIndex: RAY, lastUpdateTimestamp: 0 },
    ...{ currentLiquidityRate: 0n, currentVariableBorrowRate: 0n, liquidationGracePeriodUntil: -1 },
    ...{ underlyingBalance: PLENTY, virtualUnderlyingBalance: PLENTY },
  };
}

function accountOf({ tokens, eMode, collateralUsd, debtUsd }: World): Account {
  const amounts = (usd: ReadonlyMap<number, number>) =>
    new Map([...usd].flatMap(([id, value]) => (tokens[id] ? [[id, amountOf(tokens[id], value)]] : [])));
  return {
    address: BORROWER,
    userConfiguration: [...collateralUsd.keys()].reduce(
      (flags, id) => flags | (2n << BigInt(2 * id)),
      [...debtUsd.keys()].reduce((flags, id) => flags | (1n << BigInt(2 * id)), 0n),
    ),
    eModeCategory: eMode ? 1 : 0,
    scaledATokenBalances: amounts(collateralUsd),
    scaledVariableDebts: amounts(debtUsd),
    stableDebts: new Map(),
  };
}

function poolOf(pool: WorldPool, world: World, tokens: readonly Address[], own: Address): UniswapV3Pool {
  const [id0, id1] = pool.tokens[0] < pool.tokens[1] ? pool.tokens : [pool.tokens[1], pool.tokens[0]];
  const [token0, token1] = [world.tokens[id0], world.tokens[id1]];
  if (token0 === undefined || token1 === undefined) throw new Error('A pool trades tokens of its world.');
  const sqrtPriceX96 = sqrtPriceX96Of(token0, token1, pool.priceRatio);
  const root = Number(sqrtPriceX96) / 2 ** 96;
  const tick = getTickAtSqrtRatio(sqrtPriceX96);
  const ranges = pool.positions.map(({ usd, halfWidth, shift }) => {
    const amount0 = usd / 2 / rawPrice(token0);
    const concentration = halfWidth === undefined ? 1 : 1 / (1 - 1.0001 ** (-halfWidth / 2));
    const range = rangeOf(tick + shift, halfWidth, TICK_SPACING[pool.fee]);
    return { range, liquidity: BigInt(Math.round(amount0 * root * concentration)) };
  });
  return new UniswapV3Pool(
    { address: own, tokens: [tokens[id0] ?? '', tokens[id1] ?? ''], executor: EXECUTOR },
    curveOf(ranges, { sqrtPriceX96, tick, spacing: TICK_SPACING[pool.fee], fee: BigInt(pool.fee) }),
  );
}

interface Range {
  readonly range: readonly [number, number];
  readonly liquidity: bigint;
}

function curveOf(
  ranges: readonly Range[],
  { sqrtPriceX96, tick, spacing, fee }: { sqrtPriceX96: bigint; tick: number; spacing: number; fee: bigint },
): LiquidityCurve {
  const nets = new Map<number, bigint>();
  let liquidity = 0n;
  for (const one of ranges) {
    const [lower, upper] = one.range;
    if (lower <= tick && tick < upper) liquidity += one.liquidity;
    nets.set(lower, (nets.get(lower) ?? 0n) + one.liquidity);
    nets.set(upper, (nets.get(upper) ?? 0n) - one.liquidity);
  }
  const words = wordsAround(tick, spacing, REACH_TICKS);
  const within = [...nets]
    .filter(([at, net]) => net !== 0n && Math.abs(at - tick) < REACH_TICKS)
    .map(([at, liquidityNet]) => ({ tick: at, liquidityNet }));
  const window = tickWindow(words, spacing, within);
  return new LiquidityCurve(window, { zeroForOne: fee, oneForZero: fee }, { sqrtPriceX96, liquidity, tick });
}

/** As Aave lends: 5 bps, rounded up. */
const lender = (token: Address): CreditLine => ({
  source: 'aave-v3',
  token,
  available: PLENTY,
  gasUsed: 54_000n,
  fee: (amount) => (amount * 5n + 9_999n) / 10_000n,
  encode: () => ({ target: AAVE_POOL, data: '0x' }),
});

const bits = (ids: readonly number[]): bigint => ids.reduce((all, id) => all | (1n << BigInt(id)), 0n);

function address(n: number): Address {
  return getAddress(zeroPadValue(toBeHex(n), 20));
}
