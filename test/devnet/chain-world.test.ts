import { Interface } from 'ethers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Anvil, startAnvil } from '../../devnet/chain/anvil.ts';
import { latestBlock } from '../../devnet/chain/blocks.ts';
import { deployWorld } from '../../devnet/chain/deploy.ts';
import { moveMarkets, sqrtPriceX96Of } from '../../devnet/chain/market-maker.ts';
import { pricesAt, START_PRICES } from '../../devnet/chain/prices.ts';
import { readContract } from '../../devnet/chain/read.ts';
import type { World } from '../../devnet/chain/world.ts';
import { connectChain } from '../../lib/adapters/chain.ts';
import { morphoBlueFlash } from '../../lib/flash/morpho-blue.ts';
import { uniswapV2 } from '../../lib/venues/uniswap-v2/index.ts';
import { uniswapV4 } from '../../lib/venues/uniswap-v4/index.ts';

let anvil: Anvil;
let world: World;

beforeAll(async () => {
  anvil = await startAnvil();
  world = await deployWorld(anvil);
});
afterAll(() => anvil.stop());

const blockHash = async (node: Anvil, number: number) =>
  Object(await node.rpc('eth_getBlockByNumber', [`0x${number.toString(16)}`, false])).hash;

it('is the same at each start, to the hash of its last block', async () => {
  const other = await startAnvil();
  try {
    expect(await deployWorld(other)).toEqual(world);
    expect(await blockHash(other, world.startBlock)).toBe(await blockHash(anvil, world.startBlock));
  } finally {
    await other.stop();
  }
});

it('begins shortly before the first round of the crash, with blocks of mainnet size', async () => {
  const head = Object(await anvil.rpc('eth_getBlockByNumber', ['latest', false]));
  expect(Number(head.gasLimit)).toBe(45_000_000);
  expect(Number(head.timestamp)).toBe(world.startSeconds);
  expect(world.startSeconds).toBeLessThan(1_760_075_735);
});

it('has Aave V3.6 with the addresses, prices and terms that it says', async () => {
  const { aave, tokens } = world;
  const provider = new Interface([
    'function getPool() view returns (address)',
    'function getPoolConfigurator() view returns (address)',
    'function getPriceOracle() view returns (address)',
  ]);
  const pool = new Interface([
    'function POOL_REVISION() view returns (uint256)',
    'function FLASHLOAN_PREMIUM_TOTAL() view returns (uint128)',
  ]);
  const at = (method: string) => readContract(anvil, aave.addressesProvider, provider, method);
  expect([...(await at('getPool'))]).toEqual([aave.pool]);
  expect([...(await at('getPoolConfigurator'))]).toEqual([aave.poolConfigurator]);
  expect([...(await at('getPriceOracle'))]).toEqual([aave.oracle]);
  expect([...(await readContract(anvil, aave.pool, pool, 'POOL_REVISION'))]).toEqual([10n]);
  expect([...(await readContract(anvil, aave.pool, pool, 'FLASHLOAN_PREMIUM_TOTAL'))]).toEqual([5n]);
  expect(await assetPrice(tokens.WETH.address)).toBe(436_967_627_900n);
  expect(await assetPrice(tokens.WBTC.address)).toBe(START_PRICES.BTC);
  // 4369.676279 * 1.2165, by hand
  expect(await assetPrice(tokens.stkETH.address)).toBe(531_571_119_340n);
});

async function assetPrice(token: string): Promise<bigint> {
  const oracle = new Interface(['function getAssetPrice(address) view returns (uint256)']);
  return (await readContract(anvil, world.aave.oracle, oracle, 'getAssetPrice', [token]))[0];
}

it.each(['WETH', 'WBTC', 'USDC', 'DAI', 'stkETH'])('lists %s with its tokens', async (symbol) => {
  const dataProvider = new Interface([
    'function getReserveTokensAddresses(address) view returns (address aToken, address stableDebt, address variableDebt)',
    'function getLiquidationProtocolFee(address) view returns (uint256)',
  ]);
  const reserve = world.aave.reserves.find((candidate) => candidate.symbol === symbol);
  const read = (method: string) =>
    readContract(anvil, world.aave.dataProvider, dataProvider, method, [reserve?.token]);
  const [aToken, , variableDebtToken] = await read('getReserveTokensAddresses');
  expect({ aToken, variableDebtToken }).toEqual({
    aToken: reserve?.aToken,
    variableDebtToken: reserve?.variableDebtToken,
  });
  expect([...(await read('getLiquidationProtocolFee'))]).toEqual([1000n]);
});

it('has the pools that the factory knows, at the prices of the feeds', async () => {
  const factory = new Interface(['function getPool(address, address, uint24) view returns (address)']);
  for (const { address, token0, token1, fee } of world.pools) {
    const key = [world.tokens[token0].address, world.tokens[token1].address, fee];
    expect([...(await readContract(anvil, world.uniswap.factory, factory, 'getPool', key))]).toEqual([
      address,
    ]);
  }
  // 1 WETH = 4369.676279 / 0.99983 USDC: √(4370.419... · 1e6 / 1e18) · 2^96
  const deep = world.pools.find(
    ({ token0, token1, fee }) => token0 === 'WETH' && token1 === 'USDC' && fee === 500,
  );
  const price = (Number(await sqrtPriceX96Of(anvil, deep?.address ?? '')) / 2 ** 96) ** 2;
  expect(price * 1e12).toBeCloseTo(4369.676279 / 0.99983, 6);
});

it('has pairs and V4 pools where our venues look for them, at the same prices, and a stocked Morpho', async () => {
  const { chainId, multicall3, tokens, uniswapV2: v2, uniswapV4: v4, morphoBlue } = world;
  const chain = connectChain({ rpcUrl: anvil.url, chainId, multicall3, timeoutMs: 10_000 });
  const executor = world.accounts.searcherOwner.address;
  const addresses = Object.values(tokens).map(({ address }) => address);
  const [pairs, pools, lines] = await Promise.all([
    uniswapV2({ ...v2, executor }).read(chain, addresses, world.startBlock),
    uniswapV4({ ...v4, executor }).read(chain, addresses, world.startBlock),
    morphoBlueFlash(morphoBlue.morpho).read(chain, addresses, world.startBlock),
  ]);
  chain.close();
  expect(pairs.map(({ id }) => id).sort()).toEqual(world.pairs.map(({ address }) => address).sort());
  expect(pools.map(({ id }) => id).sort()).toEqual(world.v4Pools.map(({ id }) => id).sort());
  expect(lines).toHaveLength(addresses.length);
  for (const pool of [...pairs, ...pools].filter((one) => one.tokens.includes(tokens.USDC.address))) {
    const usdcOut = pool.quoteExactIn(tokens.WETH.address, 10n ** 15n)?.amountOut;
    // A thousandth of a WETH at 4370.42 USDC, less 0.05 % or 0.3 %.
    expect(Number(usdcOut) / 4_370_419).toBeGreaterThan(0.9969);
    expect(Number(usdcOut) / 4_370_419).toBeLessThan(0.9996);
  }
});

it('has Multicall3 where every chain has it', async () => {
  const multicall = new Interface(['function getBlockNumber() view returns (uint256)']);
  const { number } = await latestBlock(anvil);
  expect([...(await readContract(anvil, world.multicall3, multicall, 'getBlockNumber'))]).toEqual([
    BigInt(number),
  ]);
});

it('moves every market to the coming prices by swaps, and leaves one alone that is there', async () => {
  const snapshot = await anvil.rpc('evm_snapshot');
  const prices = pricesAt(3_456_70460000n);
  const swaps = await moveMarkets(anvil, world, prices);
  for (const { rawTransaction } of swaps) await anvil.rpc('eth_sendRawTransaction', [rawTransaction]);
  await anvil.rpc('evm_mine');
  // stkETH / WETH and USDC / DAI do not depend on the price of ether
  // Five pools of V3, two of V4, and two pairs of V2, which are paid first.
  expect(swaps).toHaveLength(5 + 2 + 2 * 2);
  expect(await moveMarkets(anvil, world, prices)).toEqual([]);
  const shallow = world.pools.find(({ fee, token1 }) => token1 === 'USDC' && fee === 3000);
  const price = (Number(await sqrtPriceX96Of(anvil, shallow?.address ?? '')) / 2 ** 96) ** 2;
  expect(price * 1e12).toBeCloseTo(3456.7046 / 0.99983, 6);
  await anvil.rpc('evm_revert', [snapshot]);
});
