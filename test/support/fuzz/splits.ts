import { toQuantity } from 'ethers';
import * as v from 'valibot';
import { type Anvil, startAnvil } from '../../../devnet/chain/anvil.ts';
import { deployWorld } from '../../../devnet/chain/deploy.ts';
import { readContract } from '../../../devnet/chain/read.ts';
import { tokenInterface } from '../../../devnet/chain/tokens.ts';
import type { World } from '../../../devnet/chain/world.ts';
import { deployOwnExecutor } from '../../../devnet/own-executor.ts';
import { connectChain } from '../../../lib/adapters/chain.ts';
import type { Call } from '../../../lib/call.ts';
import type { Chain } from '../../../lib/chain.ts';
import { encodeExecute, executorInterface } from '../../../lib/executor.ts';
import type { Address } from '../../../lib/hex.ts';
import { type Exchange, encodeTrade, type Trade } from '../../../lib/planning/exchange.ts';
import { type Liquidity, liquidityOf } from '../../../lib/planning/liquidity.ts';
import type { Order } from '../../../lib/planning/pair-market.ts';
import { inSequence, nested } from '../../../lib/planning/route.ts';
import { uniswapV2 } from '../../../lib/venues/uniswap-v2/index.ts';
import { uniswapV3 } from '../../../lib/venues/uniswap-v3/index.ts';
import { uniswapV4 } from '../../../lib/venues/uniswap-v4/index.ts';
import type { FuzzOptions, FuzzResult } from './fuzz.ts';
import { Random } from './random.ts';

/** Splits over the real pools of all venues, through the real executor: what it gains and spends, to the wei. */
export async function fuzzSplits({ cases, seed, report }: FuzzOptions): Promise<FuzzResult> {
  const stage = await openStage();
  try {
    return await play(stage, { cases, seed, report });
  } finally {
    stage.chain.close();
    await stage.anvil.stop();
  }
}

interface Stage {
  readonly anvil: Anvil;
  readonly world: World;
  readonly executor: Address;
  readonly chain: Chain & { close(): void };
}

/** Trades in a row, each quoted on the pools that we say the last one left; then all starts anew. */
const UNREAD_TRADES = 8;

async function play(stage: Stage, { cases, seed, report }: FuzzOptions): Promise<FuzzResult> {
  const random = new Random(seed);
  const counts: Record<string, number> = {};
  let mismatches = 0;
  let liquidity = await readLiquidity(stage);
  let start = await stage.anvil.rpc('evm_snapshot');
  for (let done = 0; done < cases; done += 1) {
    if (done % UNREAD_TRADES === 0) {
      await stage.anvil.rpc('evm_revert', [start]);
      start = await stage.anvil.rpc('evm_snapshot');
      liquidity = await readLiquidity(stage);
    }
    const drawn = drawTrade(random, stage.world, liquidity);
    const { trade, order } = drawn;
    const difference = await differenceOf(stage, drawn);
    const kind = `${order.isNested ? 'nested' : 'sequential'} ${order.side} over ${trade.legs.length} swaps`;
    counts[kind] = (counts[kind] ?? 0) + 1;
    if (difference !== undefined) {
      mismatches += 1;
      report(`case ${done}, ${kind}: ${difference}`);
    }
    liquidity =
      difference === undefined
        ? liquidity.after(trade.legs.map(({ poolAfter }) => poolAfter))
        : await readLiquidity(stage);
  }
  return { cases, mismatches, counts };
}

interface Drawn {
  readonly order: DrawnOrder;
  readonly split: Exchange;
  readonly trade: Trade;
}

interface DrawnOrder extends Omit<Order, 'amount'> {
  readonly tokenIn: Address;
  readonly tokenOut: Address;
  readonly amount: bigint;
}

/** WETH against a stable coin, both ways; never a trade of one swap. */
function drawTrade(random: Random, world: World, liquidity: Liquidity): Drawn {
  for (;;) {
    const order = drawOrder(random, world);
    const market = liquidity.market(order.tokenIn, order.tokenOut);
    const split = market.exchanges({ ...order, amount: Number(order.amount) }).at(-1);
    const trade = split?.trade(order.amount);
    if (split !== undefined && trade !== undefined && trade.legs.length > 1) return { order, split, trade };
  }
}

const STABLES = ['USDC', 'DAI'] as const;

function drawOrder(random: Random, world: World): DrawnOrder {
  const { WETH } = world.tokens;
  const stable = world.tokens[random.pick(STABLES)];
  const side = random.pick(['sell', 'buy']);
  const intoWeth = random.chance(0.5);
  const [tokenIn, tokenOut] = intoWeth ? [stable, WETH] : [WETH, stable];
  const isEther = (side === 'sell') !== intoWeth;
  const whole = 10 ** (3 + 3.5 * random.fraction()) / (isEther ? 4_000 : 1);
  const { decimals } = isEther ? WETH : stable;
  return {
    ...{ side, tokenIn: tokenIn.address, tokenOut: tokenOut.address },
    amount: (BigInt(Math.round(whole * 1e6)) * 10n ** BigInt(decimals)) / 10n ** 6n,
    locked: etherPool(world),
    isNested: random.chance(0.5),
  };
}

/** Sells the executor's bitcoin, so that it has WETH to spend within the item. */
const etherPool = ({ pools }: World): Address =>
  pools.find(({ token0, token1 }) => [token0, token1].sort().join() === 'WBTC,WETH')?.address ?? '';

const BITCOIN = 40n * 10n ** 8n;

/** What the executor gained or spent otherwise than quoted, in words; `undefined` where all is as it should be. */
async function differenceOf(stage: Stage, drawn: Drawn): Promise<string | undefined> {
  const { order, trade } = drawn;
  const { world } = stage;
  const weth = world.tokens.WETH.address;
  const stable = order.tokenIn === weth ? order.tokenOut : order.tokenIn;
  await run(stage, stage.executor, executorInterface.encodeFunctionData('sweep', [stable]));
  await run(stage, stable, tokenInterface.encodeFunctionData('mint', [stage.executor, trade.amountIn]));
  const before = await balanceOf(stage, stable);
  const snapshot = await stage.anvil.rpc('evm_snapshot');
  const income = order.tokenIn === weth ? await bitcoinSale(stage) : { wei: 0n, calls: [] };
  const calls = order.isNested ? nested(trade.legs, order.side, []) : inTurn(drawn, weth);
  const receipt = await execute(stage, [...income.calls, ...calls]);
  const gainedWei = profitOf(receipt.logs);
  if (gainedWei === undefined) {
    await stage.anvil.rpc('evm_revert', [snapshot]);
    return `it reverted: ${JSON.stringify(receipt.logs.map(({ data }) => data))}`;
  }
  const gained = (await balanceOf(stage, stable)) - before;
  const [wei, units] =
    order.tokenIn === weth
      ? [income.wei - trade.amountIn, trade.amountOut]
      : [trade.amountOut, -trade.amountIn];
  if (gainedWei === wei && gained === units) return undefined;
  return `${gainedWei} wei instead of ${wei}, ${gained} units instead of ${units}`;
}

/** All of a collateral is sold; of WETH only what is to be sold. */
const inTurn = ({ order: { side, tokenIn }, split, trade }: Drawn, weth: Address): readonly Call[] =>
  side === 'sell' && tokenIn === weth ? inSequence(trade.legs, side) : encodeTrade(split, trade);

async function bitcoinSale(stage: Stage): Promise<{ readonly wei: bigint; readonly calls: readonly Call[] }> {
  const { WBTC } = stage.world.tokens;
  await run(stage, WBTC.address, tokenInterface.encodeFunctionData('mint', [stage.executor, BITCOIN]));
  const pool = (await readPools(stage)).find(({ id }) => id === etherPool(stage.world));
  const wei = pool?.quoteExactIn(WBTC.address, BITCOIN)?.amountOut;
  if (pool === undefined || wei === undefined) throw new Error('The pool of bitcoin and ether is deep.');
  return { wei, calls: [pool.encodeExactIn(WBTC.address, BITCOIN)] };
}

async function openStage(): Promise<Stage> {
  const anvil = await startAnvil();
  const world = await deployWorld(anvil);
  const executor = await deployOwnExecutor(anvil, world);
  await anvil.rpc('anvil_autoImpersonateAccount', [true]);
  const { chainId, multicall3, accounts } = world;
  await anvil.rpc('anvil_setBalance', [accounts.searcherOperator.address, toQuantity(10n ** 24n)]);
  const chain = connectChain({ rpcUrl: anvil.url, chainId, multicall3, timeoutMs: 60_000 });
  return { anvil, world, executor, chain };
}

async function readPools({ chain, world, executor }: Stage) {
  const { number } = await chain.head();
  const tokens = Object.values(world.tokens).map(({ address }) => address);
  const venues = [
    uniswapV3({ ...world.uniswap, executor, fees: [100, 500, 3000] }),
    uniswapV2({ ...world.uniswapV2, executor }),
    uniswapV4({ ...world.uniswapV4, executor }),
  ];
  return (await Promise.all(venues.map((venue) => venue.read(chain, tokens, number)))).flat();
}

const readLiquidity = async (stage: Stage): Promise<Liquidity> =>
  liquidityOf(stage.world.tokens.WETH.address, await readPools(stage), []);

const TERMS = { minProfitWei: 0n, bidBps: 0n, gasCostWei: 0n, deadlineSeconds: 2 ** 40 };

const execute = (stage: Stage, calls: readonly Call[]) =>
  run(stage, stage.executor, encodeExecute([{ calls, minProfitWei: 0n, gasLimit: 16_000_000n }], TERMS));

async function run({ anvil, world }: Stage, to: Address, data: string) {
  const from = world.accounts.searcherOperator.address;
  const fields = { gas: toQuantity(10_000_000), maxFeePerGas: toQuantity(10n ** 12n) };
  const hash = await anvil.rpc('eth_sendTransaction', [{ from, to, data, ...fields }]);
  await anvil.rpc('evm_mine');
  return v.parse(Receipt, await anvil.rpc('eth_getTransactionReceipt', [hash]));
}

const Receipt = v.object({ logs: v.array(v.object({ topics: v.array(v.string()), data: v.string() })) });

function profitOf(logs: v.InferOutput<typeof Receipt>['logs']): bigint | undefined {
  const event = logs
    .map((log) => executorInterface.parseLog(log))
    .find((log) => log?.name === 'ItemLiquidated');
  return event?.args.profitWei;
}

const balanceOf = async ({ anvil, executor }: Stage, token: Address): Promise<bigint> =>
  (await readContract(anvil, token, tokenInterface, 'balanceOf', [executor]))[0];
