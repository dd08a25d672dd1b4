import { Interface, MaxUint256 } from 'ethers';
import { deployerAddress } from '../../../devnet/chain/accounts.ts';
import { configureEMode, configureReserve } from '../../../devnet/chain/reserves.ts';
import { type Script, startScript } from '../../../devnet/chain/script.ts';
import { amountOf, priceBase8, rangeOf, sqrtPriceX96Of, tickNear } from './amounts.ts';
import type { OptimiserChain } from './chain.ts';
import { TICK_SPACING, type World, type WorldPool, type WorldToken } from './world.ts';

const feed = new Interface(['function setAnswer(int256)']);
const pool = new Interface([
  'function supply(address asset, uint256 amount, address onBehalfOf, uint16 referralCode)',
  'function borrow(address asset, uint256 amount, uint256 mode, uint16 referralCode, address onBehalfOf)',
  'function setUserEMode(uint8 id)',
]);
const positions = new Interface([
  'function createAndInitializePoolIfNecessary(address token0, address token1, uint24 fee, uint160 sqrtPriceX96) payable returns (address pool)',
  'function mint((address token0, address token1, uint24 fee, int24 tickLower, int24 tickUpper, uint256 amount0Desired, uint256 amount1Desired, uint256 amount0Min, uint256 amount1Min, address recipient, uint256 deadline)) payable',
]);

/** Gives the chain the terms, the prices, the pools and the borrower of a world. */
export async function setStage(on: OptimiserChain, world: World): Promise<void> {
  const script = await startScript(on.anvil, deployerAddress);
  govern(script, on, world);
  // While it is opened, what the position owes is cheap.
  setPrices(script, on, world, (id) => (world.debtUsd.has(id) ? CHEAP : 1n));
  await script.mine();
  lend(script, on, world);
  for (const one of world.pools) openPool(script, on, world, one);
  await script.mine();
  deposit(script, on, world);
  await script.mine();
  borrow(script, on, world);
  await script.mine();
  setPrices(script, on, world, () => 1n);
  await script.mine();
}

const CHEAP = 4n;
const E_MODE = 1;
const VARIABLE = 2;
const LENT_USD = 3_000_000_000;

function govern(script: Script, on: OptimiserChain, { tokens, eMode }: World): void {
  for (const [id, token] of tokens.entries()) {
    configureReserve(script, on.aave.poolConfigurator, {
      ...{ symbol: token.symbol, token: on.tokens[id] ?? '', priceSource: on.feeds[id] ?? '' },
      ...{ maxLtvBps: token.thresholdBps - 100, liquidationThresholdBps: token.thresholdBps },
      ...{ liquidationBonusBps: token.bonusBps, liquidationProtocolFeeBps: token.protocolFeeBps },
      ...{ reserveFactorBps: 1_000, borrowable: true },
      rates: { optimalUsageBps: 9_000, baseBps: 0, slope1Bps: 400, slope2Bps: 6_000 },
    });
  }
  if (eMode === undefined) return;
  configureEMode(script, on.aave.poolConfigurator, {
    ...{ id: E_MODE, label: 'correlated', maxLtvBps: eMode.thresholdBps - 100 },
    ...{ liquidationThresholdBps: eMode.thresholdBps, liquidationBonusBps: eMode.bonusBps },
    collaterals: eMode.tokens.map((id) => on.tokens[id] ?? ''),
    borrowables: [...on.tokens],
  });
}

function setPrices(
  script: Script,
  { feeds }: OptimiserChain,
  { tokens }: World,
  divisor: (id: number) => bigint,
): void {
  for (const [id, token] of tokens.entries()) {
    script.call(feeds[id] ?? '', feed, 'setAnswer', [priceBase8(token) / divisor(id)]);
  }
}

function lend(script: Script, { aave, tokens, supplier }: OptimiserChain, world: World): void {
  for (const [id, token] of world.tokens.entries()) {
    const args = [tokens[id], amountOf(token, LENT_USD), supplier, 0];
    script.call(aave.pool, pool, 'supply', args, { from: supplier });
  }
}

function deposit(script: Script, { aave, tokens, borrower }: OptimiserChain, world: World): void {
  for (const [id, amount] of amountsOf(world, world.collateralUsd)) {
    script.call(aave.pool, pool, 'supply', [tokens[id], amount, borrower, 0], { from: borrower });
  }
  if (world.eMode) script.call(aave.pool, pool, 'setUserEMode', [E_MODE], { from: borrower });
}

function borrow(script: Script, { aave, tokens, borrower }: OptimiserChain, world: World): void {
  for (const [id, amount] of amountsOf(world, world.debtUsd)) {
    const args = [tokens[id], amount, VARIABLE, 0, borrower];
    script.call(aave.pool, pool, 'borrow', args, { from: borrower });
  }
}

function amountsOf(
  { tokens }: World,
  usd: ReadonlyMap<number, number>,
): readonly (readonly [number, bigint])[] {
  return [...usd].flatMap(([id, value]) => {
    const token = tokens[id];
    return token === undefined ? [] : [[id, amountOf(token, value)] as const];
  });
}

function openPool(script: Script, on: OptimiserChain, world: World, spec: WorldPool): void {
  const [side0, side1] = sorted(on, world, spec);
  const sqrtPriceX96 = sqrtPriceX96Of(side0.token, side1.token, spec.priceRatio);
  const manager = (method: string, args: readonly unknown[]) =>
    script.call(on.uniswap.positionManager, positions, method, args, { from: on.supplier });
  const pair = [side0.address, side1.address, spec.fee];
  manager('createAndInitializePoolIfNecessary', [...pair, sqrtPriceX96]);
  for (const { usd, halfWidth, shift } of spec.positions) {
    const range = rangeOf(tickNear(sqrtPriceX96) + shift, halfWidth, TICK_SPACING[spec.fee]);
    const amounts = [amountOf(side0.token, usd / 2), amountOf(side1.token, usd / 2), 0, 0];
    manager('mint', [[...pair, ...range, ...amounts, on.supplier, MaxUint256]]);
  }
}

interface Side {
  readonly token: WorldToken;
  readonly address: string;
}

function sorted(on: OptimiserChain, world: World, { tokens }: WorldPool): readonly [Side, Side] {
  const [a, b] = tokens.map((id) => ({ token: tokenOf(world, id), address: on.tokens[id] ?? '' }));
  if (a === undefined || b === undefined) throw new Error('A pool trades two tokens of its world.');
  return BigInt(a.address) < BigInt(b.address) ? [a, b] : [b, a];
}

function tokenOf({ tokens }: World, id: number): WorldToken {
  const token = tokens[id];
  if (token === undefined) throw new Error('A pool trades two tokens of its world.');
  return token;
}
