import { inspect } from 'node:util';
import { Interface } from 'ethers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Anvil, startAnvil } from '../../devnet/chain/anvil.ts';
import { beginOrdinaryBlocks, deployWorld } from '../../devnet/chain/deploy.ts';
import { moveMarkets } from '../../devnet/chain/market-maker.ts';
import { type OracleNode, startOracleNode } from '../../devnet/chain/oracle-node.ts';
import { sqrtPriceX96At } from '../../devnet/chain/pool-price.ts';
import { START_PRICES } from '../../devnet/chain/prices.ts';
import { startScript } from '../../devnet/chain/script.ts';
import { deploySvrFeed, startSvrOracle } from '../../devnet/chain/svr.ts';
import type { World } from '../../devnet/chain/world.ts';
import { boxConfig } from '../../devnet/network-config.ts';
import { deployOwnExecutor } from '../../devnet/own-executor.ts';
import { flashSourcesOf, venuesOf } from '../../functions/wiring/liquidity.ts';
import { connectChain } from '../../lib/adapters/chain.ts';
import { dynamoForesight } from '../../lib/adapters/foresight-store.ts';
import { WatchlistRows } from '../../lib/adapters/watchlist-rows.ts';
import { parseNetworkConfig } from '../../lib/config.ts';
import type { ForesightStore } from '../../lib/foresight.ts';
import { foreseenMarket } from '../../lib/market/foreseen-market.ts';
import { type Market, type MarketSources, residentMarket } from '../../lib/market/market.ts';
import { rehearsePlans } from '../../lib/planning/rehearsal.ts';
import { protocolsOf } from '../../lib/protocols/index.ts';
import { type LocalDynamo, PATIENCE_MS, startDynamo } from '../support/dynamodb.ts';

let anvil: Anvil;
let world: World;
let oracle: OracleNode;
let dynamo: LocalDynamo;
let store: ForesightStore;
let table: { readonly tableName: string; readonly client: LocalDynamo['client']; readonly timeoutMs: number };
let connect: () => MarketSources & { readonly chain: ReturnType<typeof connectChain> };

beforeAll(async () => {
  [anvil, dynamo] = await Promise.all([startAnvil(), startDynamo()]);
  world = await deployWorld(anvil);
  const executor = await deployOwnExecutor(anvil, world);
  await beginOrdinaryBlocks(anvil);
  oracle = await startOracleNode(anvil, world);
  const network = parseNetworkConfig(boxConfig(world, executor, 'http://127.0.0.1:1'), 'test');
  const { chainId, contracts } = network;
  table = { tableName: await dynamo.createTable(), client: dynamo.client, timeoutMs: PATIENCE_MS };
  store = dynamoForesight({ ...table, chainId });
  // Each a process of its own, that knows nothing yet.
  connect = () => {
    const chain = connectChain({
      rpcUrl: anvil.url,
      chainId,
      multicall3: contracts.multicall3,
      timeoutMs: 60_000,
    });
    return {
      ...{ chain, protocols: protocolsOf(network), weth: contracts.weth, operators: [executor] },
      ...{ venues: venuesOf(network, executor), flashSources: flashSourcesOf(network, executor) },
    };
  };
});

afterAll(async () => {
  await dynamo?.stop();
  await anvil?.stop();
});

/** What becomes of the chain between two processes, one after the other. */
const CHANGES: Readonly<Record<string, () => Promise<void>>> = {
  nothing: async () => undefined,
  async 'prices in pools, and with them their ticks'() {
    const prices = { ...START_PRICES, ETH: (START_PRICES.ETH * 93n) / 100n };
    await mine((await moveMarkets(anvil, world, prices)).map(({ rawTransaction }) => rawTransaction));
  },
  async 'the price of a feed'() {
    const { timestamp } = Object(await anvil.rpc('eth_getBlockByNumber', ['latest', false]));
    await mine([oracle.report('ETH', 4_000_00000000n, Number(timestamp)).rawTransaction]);
  },
  async 'an aggregator, and its oracles and forwarders'() {
    const svr = await startSvrOracle(anvil, world, await deploySvrFeed(anvil, world));
    const { deployer } = world.accounts;
    const nonce = await anvil.rpc('eth_getTransactionCount', [deployer.address, 'latest']);
    await mine([svr.takeOver(Number(nonce)).rawTransaction]);
  },
  async 'the terms of a reserve'() {
    const script = await startScript(anvil, world.accounts.deployer.address);
    const terms = [world.tokens.WETH.address, 7_000, 7_500, 10_700];
    script.call(world.aave.poolConfigurator, configurator, 'configureReserveAsCollateral', terms);
    script.call(world.aave.poolConfigurator, configurator, 'setReservePause', [
      world.tokens.DAI.address,
      true,
    ]);
    await script.mine();
  },
  async 'a pool that was not there'() {
    const { WBTC, DAI } = world.tokens;
    const [token0, token1] = [WBTC, DAI].sort((a, b) => (BigInt(a.address) < BigInt(b.address) ? -1 : 1));
    if (token0 === undefined || token1 === undefined) throw new Error('two tokens are two');
    const script = await startScript(anvil, world.accounts.deployer.address);
    const pool = [token0.address, token1.address, 500, sqrtPriceX96At(token0, token1, START_PRICES)];
    script.call(world.uniswap.positionManager, positionManager, 'createAndInitializePoolIfNecessary', pool);
    await script.mine();
  },
};

const configurator = new Interface([
  'function configureReserveAsCollateral(address asset, uint256 ltv, uint256 threshold, uint256 bonus)',
  'function setReservePause(address asset, bool paused)',
]);
const positionManager = new Interface([
  'function createAndInitializePoolIfNecessary(address token0, address token1, uint24 fee, uint160 sqrtPriceX96) payable returns (address pool)',
]);

async function mine(transactions: readonly string[]): Promise<void> {
  const script = await startScript(anvil, world.accounts.deployer.address);
  for (const transaction of transactions) script.raw(transaction);
  await script.mine();
}

test.for(Object.keys(CHANGES))(
  'begun with foresight, a market is what it is read in full, after a change of %s',
  async (name) => {
    // Somebody else's foresight, from before the change.
    await read(true);
    await CHANGES[name]?.();
    const lines: string[] = [];
    const [full, foreseen] = [await read(false), await read(true, lines)];
    expect(lines).toEqual([]);
    expect(told(foreseen)).toBe(told(full));
  },
);

test('foresight that is damaged is not used, which is said, and is then written anew', async () => {
  const rows = new WatchlistRows(table);
  const key = { pk: `foresight#${world.chainId}`, sk: 'racer#' };
  const row = await rows.get(key);
  await rows.put({ ...key, bytes: row?.bytes?.B?.slice(1) ?? new Uint8Array(), text: row?.text?.S ?? '' });
  await expect(store.read()).rejects.toThrow('is damaged');
  const lines: string[] = [];
  expect(told(await read(true, lines))).toBe(told(await read(false)));
  expect(lines).toEqual([
    expect.stringContaining('read without foresight: What a market was foreseen to need is damaged'),
  ]);
  expect((await store.read())?.reads.length).toBeGreaterThan(100);
});

/** By a process of its own. */
async function read(isForeseen: boolean, lines: string[] = []): Promise<Market> {
  const { chain, ...sources } = connect();
  const market = foreseenMarket({ chain, ...sources }, store, (line) => lines.push(line));
  const resident = isForeseen ? market : residentMarket({ chain, ...sources });
  const found = await resident.current(undefined, 0);
  if (isForeseen) await market.remember();
  chain.close();
  return found;
}

/** All that is in it to the last digit, what it quotes and plans, and what an update would open in it. */
function told(market: Market): string {
  const { liquidity, books, feeds, head } = market;
  const target = { number: head.number + 1, timestampSeconds: head.timestampSeconds + 12, baseFeeWei: 1n };
  const opened = books.flatMap((book) =>
    [...feeds.values()].flatMap(({ aggregator, answer }) =>
      [5n, 8n].map((tenths) => book.opportunities([{ aggregator, answer: (answer * tenths) / 10n }], target)),
    ),
  );
  expect(opened.flat().length).toBeGreaterThan(0);
  const quoted = opened.flat().map((opportunity) => opportunity.quote(opportunity.maxDebtToCover));
  const all = { market, planned: rehearsePlans(liquidity, 1n), opened, quoted };
  return inspect(all, { depth: 60, maxArrayLength: null, maxStringLength: null, sorted: true });
}
